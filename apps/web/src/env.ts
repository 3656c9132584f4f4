import { DEFAULT_SERVERSET_ROOT, parseServerSetRoot } from "@borealis/schema";
import { z } from "zod";
import { parseHostNames } from "./server/host-names.ts";

const given = z
  .string()
  .trim()
  .optional()
  .transform((text) => text || undefined);

const environmentSchema = z.object({
  NODE_ENV: z.string().default("production"),
  BOREALIS_ZK: given,
  BOREALIS_ZK_AUTH_CONFIG: given,
  BOREALIS_ZK_TLS: given,
  BOREALIS_ZK_TLS_CA: given,
  BOREALIS_ZK_TLS_CERT: given,
  BOREALIS_ZK_TLS_KEY: given,
  BOREALIS_SERVERSET_ROOT: z
    .string()
    .trim()
    .optional()
    .transform((root) => parseServerSetRoot(root || DEFAULT_SERVERSET_ROOT)),
  BOREALIS_WEB_HOSTS: z.string().default("").transform(parseHostNames),
});

const environment = environmentSchema.parse(process.env);
const security = {
  authConfig: environment.BOREALIS_ZK_AUTH_CONFIG,
  tls: environment.BOREALIS_ZK_TLS === "1" || undefined,
  tlsCa: environment.BOREALIS_ZK_TLS_CA,
  tlsCert: environment.BOREALIS_ZK_TLS_CERT,
  tlsKey: environment.BOREALIS_ZK_TLS_KEY,
};
const root = environment.BOREALIS_SERVERSET_ROOT;

/** The only place that reads the process environment. */
export const env = {
  /** `host:port,host:port`; without it there is nothing to show, and the pages say so. */
  zooKeeper: environment.BOREALIS_ZK,
  /** Files that ZooKeeper's door needs; undefined when none is named. */
  security: Object.values(security).some((each) => each !== undefined) ? security : undefined,
  serverSetRoot: "root" in root ? root.root : DEFAULT_SERVERSET_ROOT,
  /** What can not be read of the above; the pages say so. */
  problem: "problem" in root ? `BOREALIS_SERVERSET_ROOT: ${root.problem}` : undefined,
  /** Names under which the dashboard may be asked, besides those of loopback. */
  webHosts: environment.BOREALIS_WEB_HOSTS,
  development: environment.NODE_ENV === "development",
} as const;
