import { testExamples } from "./support/readme.ts";

testExamples(new URL("..", import.meta.url), 7);
