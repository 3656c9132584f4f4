import { z } from "zod";
import { jobSchema } from "./job.ts";

type Json = z.core.JSONSchema.BaseSchema;

const TEMPLATE = { type: "string", pattern: "\\{\\{.+\\}\\}" } as const;
const EDITOR_HINT = { type: "string", description: "Where editors find this schema." } as const;
/** What editors show and complete by; the rest says which values are right. */
const ANNOTATIONS = ["title", "description", "default", "examples"];

/**
 * The JSON Schema of a configuration file: one job, or `{"jobs": [...]}`. For editors: it knows names, types and limits,
 * but not the rules about several attributes. Wherever a value has to look a certain way, a template may stand.
 */
export function jobsJsonSchema(): object {
  const { $defs = {}, ...job } = z.toJSONSchema(jobSchema, {
    io: "input",
    override: ({ jsonSchema }) => {
      leaveOutNoise(jsonSchema);
      allowTemplate(jsonSchema);
    },
  });
  for (const [name, definition] of Object.entries($defs)) definition.title = name;
  // A task by itself can do without; here every task is a job's.
  $defs["Task"]?.required?.push("resources");
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Borealis configuration",
    anyOf: [
      {
        type: "object",
        properties: {
          $schema: EDITOR_HINT,
          jobs: { type: "array", minItems: 1, items: { $ref: job.$ref }, description: "The jobs." },
        },
        required: ["jobs"],
        additionalProperties: false,
      },
      { ...$defs["Job"], properties: { $schema: EDITOR_HINT, ...$defs["Job"]?.properties } },
    ],
    $defs,
  };
}

/** What zod adds and no editor needs. */
function leaveOutNoise(schema: Json): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.propertyNames !== undefined) delete schema.propertyNames;
  // `$defs` has it as a key; as a keyword JSON Schema knows none.
  delete schema.id;
}

function allowTemplate(schema: Json): void {
  if ("templateDefault" in schema) {
    schema.default = schema["templateDefault"] as NonNullable<Json["default"]>;
    delete schema["templateDefault"];
  }
  const { type } = schema;
  const looksLike = type === "string" && (schema.pattern !== undefined || schema.enum !== undefined);
  if (!looksLike && type !== "integer" && type !== "number" && type !== "boolean") return;
  const plain: Json = {};
  for (const key of Object.keys(schema).filter((name) => !ANNOTATIONS.includes(name))) {
    plain[key] = schema[key];
    delete schema[key];
  }
  schema.anyOf = [plain, TEMPLATE];
}
