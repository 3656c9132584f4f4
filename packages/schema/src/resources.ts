import { z } from "zod";
import { count, object } from "./values.ts";

const MEGABYTE = 1024 ** 2;
const bytes = z
  .int({ error: "must be a whole number of bytes" })
  .min(MEGABYTE, "must be at least 1 MB (1048576 bytes)");

export const resourcesSchema = object("Resources", "What a task may use.", {
  cpu: z
    .number({ error: "must be a number of cores" })
    .positive("must be more than 0")
    .describe("Cores; fractions are allowed."),
  ram: bytes.describe("Bytes, at least 1 MB."),
  disk: bytes.describe("Bytes, at least 1 MB."),
  gpu: count.default(0).describe("Kept."),
});

export type Resources = z.output<typeof resourcesSchema>;
