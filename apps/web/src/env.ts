import { DEFAULT_SERVERSET_ROOT } from "@borealis/schema";
import { z } from "zod";

const environmentSchema = z.object({
  NODE_ENV: z.string().default("production"),
  BOREALIS_ZK: z
    .string()
    .trim()
    .optional()
    .transform((servers) => servers || undefined),
  BOREALIS_SERVERSET_ROOT: z
    .string()
    .trim()
    .default(DEFAULT_SERVERSET_ROOT)
    .transform((root) => `/${root.split("/").filter(Boolean).join("/")}`),
});

const environment = environmentSchema.parse(process.env);

/** The only place that reads the process environment. */
export const env = {
  /** `host:port,host:port`; without it there is nothing to show, and the pages say so. */
  zooKeeper: environment.BOREALIS_ZK,
  serverSetRoot: environment.BOREALIS_SERVERSET_ROOT,
  development: environment.NODE_ENV === "development",
} as const;
