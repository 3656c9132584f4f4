import { DEFAULT_SERVERSET_ROOT, parseServerSetRoot } from "@borealis/schema";
import { z } from "zod";
import { parseHostNames } from "./server/host-names.ts";

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
    .optional()
    .transform((root) => parseServerSetRoot(root || DEFAULT_SERVERSET_ROOT)),
  BOREALIS_WEB_HOSTS: z.string().default("").transform(parseHostNames),
});

const environment = environmentSchema.parse(process.env);
const root = environment.BOREALIS_SERVERSET_ROOT;

/** The only place that reads the process environment. */
export const env = {
  /** `host:port,host:port`; without it there is nothing to show, and the pages say so. */
  zooKeeper: environment.BOREALIS_ZK,
  serverSetRoot: "root" in root ? root.root : DEFAULT_SERVERSET_ROOT,
  /** What can not be read of the above; the pages say so. */
  problem: "problem" in root ? `BOREALIS_SERVERSET_ROOT: ${root.problem}` : undefined,
  /** Names under which the dashboard may be asked, besides those of loopback. */
  webHosts: environment.BOREALIS_WEB_HOSTS,
  development: environment.NODE_ENV === "development",
} as const;
