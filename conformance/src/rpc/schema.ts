// Results checked against the schemas of openrpc.json: the part of JSON Schema that it uses, references resolved in it.

export interface Schema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  not?: Schema;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function hasType(value: unknown, type: string): boolean {
  const met = typeOf(value);
  return met === type || (type === "number" && met === "integer");
}

const shown = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, 100);

/** What is wrong with a value by a schema; undefined = nothing. */
export function schemaProblem(value: unknown, schema: Schema, path = "result"): string | undefined {
  return (
    ownProblem(value, schema, path) ?? partsProblem(value, schema, path) ?? choiceProblem(value, schema, path)
  );
}

function ownProblem(value: unknown, schema: Schema, path: string): string | undefined {
  if (schema.type !== undefined && !hasType(value, schema.type))
    return `${path}: ${shown(value)} is no ${schema.type}`;
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return `${path}: ${shown(value)} is none of ${schema.enum}`;
  if (schema.const !== undefined && schema.const !== value)
    return `${path}: ${shown(value)} is not ${schema.const}`;
  if (typeof value === "string" && schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) {
    return `${path}: ${shown(value)} does not match ${schema.pattern}`;
  }
  if (typeof value === "number") {
    if (schema.minimum !== undefined && value < schema.minimum)
      return `${path}: ${value} is below ${schema.minimum}`;
    if (schema.maximum !== undefined && value > schema.maximum)
      return `${path}: ${value} is above ${schema.maximum}`;
  }
  return undefined;
}

function partsProblem(value: unknown, schema: Schema, path: string): string | undefined {
  if (Array.isArray(value)) {
    if (schema.items === undefined) return undefined;
    for (const [i, item] of value.entries()) {
      const problem = schemaProblem(item, schema.items, `${path}[${i}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) return `${path}.${name} is not there`;
  }
  for (const [name, item] of Object.entries(value)) {
    const known = schema.properties?.[name];
    const other = schema.additionalProperties;
    if (known === undefined && other === false) return `${path}.${name} must not be there`;
    const rule = known ?? (typeof other === "object" ? other : undefined);
    const problem = rule === undefined ? undefined : schemaProblem(item, rule, `${path}.${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function choiceProblem(value: unknown, schema: Schema, path: string): string | undefined {
  for (const part of schema.allOf ?? []) {
    const problem = schemaProblem(value, part, path);
    if (problem !== undefined) return problem;
  }
  for (const choices of [schema.oneOf, schema.anyOf]) {
    if (choices === undefined) continue;
    const problems = choices.map((choice) => schemaProblem(value, choice, path));
    if (problems.every((problem) => problem !== undefined)) {
      return problems.length === 1 ? problems[0] : `${path} is of no allowed form: ${problems.join("; ")}`;
    }
  }
  if (schema.not !== undefined && schemaProblem(value, schema.not, path) === undefined) {
    return `${path}: ${shown(value)} is of a form that is not allowed`;
  }
  return undefined;
}

/** Schemas of results by method. */
export function resultSchemas(openRpc: {
  methods: { name: string; result?: { schema: Schema } }[];
}): Map<string, Schema> {
  return new Map(
    openRpc.methods.flatMap(({ name, result }) => (result === undefined ? [] : [[name, result.schema]])),
  );
}
