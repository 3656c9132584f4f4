import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isEnsemble, type Member } from "./member.ts";

export interface Timing {
  readonly tickTimeMs: number;
  readonly minSessionTimeoutMs: number;
}

/** Stores as `keytool` makes them, by absolute path. */
export interface TlsServing {
  /** The certificate of the servers, with its key. */
  readonly keyStore: KeyStore;
  /** Who may have signed the certificates of clients. */
  readonly trustStore?: KeyStore;
  /** Whether a client must show a certificate. Default none. */
  readonly clientAuth?: "need" | "none";
}

interface KeyStore {
  /** Ends in `.p12` or `.jks`. */
  readonly path: string;
  readonly password: string;
}

// Without this a tarball's logback writes every packet to the log.
const LOGBACK = `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %msg%n%ex{short}</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="OUT"/></root>
</configuration>
`;

/** Writes what one server needs to start into `directory`: its configuration and, in an ensemble, who it is. */
export async function writeConfiguration(
  directory: string,
  member: Member,
  ensemble: readonly Member[],
  timing: Timing,
  tls?: TlsServing,
): Promise<void> {
  await mkdir(join(directory, "data"), { recursive: true });
  await writeFile(join(directory, "logback.xml"), LOGBACK);
  const lines = [...zooCfg(join(directory, "data"), member, ensemble, timing), ...tlsLines(member, tls)];
  await writeFile(join(directory, "zoo.cfg"), `${lines.join("\n")}\n`);
  if (isEnsemble(ensemble)) await writeFile(join(directory, "data", "myid"), `${member.id}\n`);
}

function zooCfg(dataDir: string, member: Member, ensemble: readonly Member[], timing: Timing): string[] {
  const lines = [
    `dataDir=${dataDir}`,
    `clientPort=${member.clientPort}`,
    "clientPortAddress=127.0.0.1",
    `tickTime=${timing.tickTimeMs}`,
    `minSessionTimeout=${timing.minSessionTimeoutMs}`,
    // 20 ticks if left out: with short ticks a session would silently get less than it asked for.
    `maxSessionTimeout=${Math.max(40_000, timing.minSessionTimeoutMs)}`,
    "maxClientCnxns=0",
    "admin.enableServer=false",
    "4lw.commands.whitelist=srvr,ruok,mntr,wchs,cons,stat,conf",
    // Kilobytes. Left out, each transaction log takes 64 MB of disk at once.
    "preAllocSize=1024",
    "autopurge.purgeInterval=0",
  ];
  if (isEnsemble(ensemble)) {
    lines.push("initLimit=20", "syncLimit=6");
    for (const { id, quorumPort, electionPort } of ensemble) {
      lines.push(`server.${id}=127.0.0.1:${quorumPort}:${electionPort}`);
    }
  }
  return lines;
}

function tlsLines({ securePort }: Member, tls: TlsServing | undefined): string[] {
  if (tls === undefined || securePort === undefined) return [];
  const { keyStore, trustStore, clientAuth = "none" } = tls;
  return [
    // The other one does not know TLS. It then serves the plain port as well.
    "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
    `secureClientPort=${securePort}`,
    "secureClientPortAddress=127.0.0.1",
    `ssl.keyStore.location=${keyStore.path}`,
    `ssl.keyStore.password=${keyStore.password}`,
    ...(trustStore === undefined
      ? []
      : [`ssl.trustStore.location=${trustStore.path}`, `ssl.trustStore.password=${trustStore.password}`]),
    `ssl.clientAuth=${clientAuth}`,
  ];
}
