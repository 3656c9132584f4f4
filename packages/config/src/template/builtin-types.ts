import { jobSchema, taskSchema } from "@borealis/schema";
import { deriveTypes } from "./zod-types.ts";

/** Aurora's own types, by the names that a configuration knows them by: `Job`, `Process`, `Mode`. */
export const { structs: structTypes, enums: enumTypes } = deriveTypes([jobSchema, taskSchema]);
