import { testExamples } from "../../engine/test/support/readme.ts";

testExamples(new URL("..", import.meta.url), 2);
