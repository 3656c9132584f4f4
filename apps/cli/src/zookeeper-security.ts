import type { Security, SecurityFiles } from "@borealis/serverset";
import type { Command } from "commander";
import { env } from "./env.ts";

/** What is given on the command line to be let into ZooKeeper: names of files only, since everybody sees arguments. */
export interface SecurityOptions {
  readonly zkAuthConfig?: string;
  /** Aurora's name for it, which executors take as well. */
  readonly announcerZookeeperAuthConfig?: string;
  readonly zkTls?: boolean;
  readonly zkTlsCa?: string;
  readonly zkTlsCert?: string;
  readonly zkTlsKey?: string;
}

export function withSecurityOptions(command: Command): Command {
  return command
    .option("--zk-auth-config <file>", "credentials and ACLs for ZooKeeper: Aurora's announcer-auth.json")
    .option("--zk-tls", "speak TLS to ZooKeeper, trusting the system's authorities")
    .option("--zk-tls-ca <file>", "the same, trusting these authorities (PEM) instead")
    .option("--zk-tls-cert <file>", "our certificate (PEM), for a ZooKeeper that asks for one")
    .option("--zk-tls-key <file>", "its key (PEM)");
}

/** A flag wins over its variable. @throws ServerSetError INVALID_AUTH. */
export async function readSecurity(
  options: SecurityOptions,
): Promise<Security & { readonly warnings: readonly string[] }> {
  const { zkSecurity } = env;
  const files: SecurityFiles = {
    authConfig: options.zkAuthConfig ?? options.announcerZookeeperAuthConfig ?? zkSecurity.authConfig,
    tls: options.zkTls ?? zkSecurity.tls,
    tlsCa: options.zkTlsCa ?? zkSecurity.tlsCa,
    tlsCert: options.zkTlsCert ?? zkSecurity.tlsCert,
    tlsKey: options.zkTlsKey ?? zkSecurity.tlsKey,
  };
  if (Object.values(files).every((file) => file === undefined || file === false)) return { warnings: [] };
  const { readSecurityFiles } = await import("@borealis/serverset");
  const { security, warnings } = await readSecurityFiles(files);
  return { ...security, warnings };
}
