"use client";

import { BOREALIS_ROOT, DEFAULT_SERVERSET_ROOT } from "@borealis/schema";
import { Ago } from "../../components/ago.tsx";
import { Command, Notice } from "../../components/notice.tsx";
import { useTimedText } from "../../components/now.ts";
import { type Freshness, useFreshness } from "./use-freshness.ts";

/** A first connection that takes longer is trouble, not patience. */
const PATIENCE_MS = 4_000;

/** @returns what to say instead of data that was never had, or "wait" while that is still no news. */
export function useSourceTrouble(): { readonly kind: "none" | "wait" | "trouble" } {
  const { state, source } = useFreshness();
  const late = useTimedText((nowMs) =>
    source !== undefined && nowMs - source.sinceMs > PATIENCE_MS ? "late" : "",
  );
  if (state === "unconfigured" || source?.state === "refused") return { kind: "trouble" };
  if (source?.state === "connecting")
    return { kind: late === "" && source.error === undefined ? "wait" : "trouble" };
  return { kind: source === undefined || source.state === "loading" ? "wait" : "none" };
}

export function SourceTrouble() {
  const { source } = useFreshness();
  if (source?.state === "unconfigured") return <Unconfigured source={source} />;
  return source?.state === "refused" ? <Refused source={source} /> : <Unreachable source={source} />;
}

interface Props {
  readonly source: Freshness["source"];
}

function Unconfigured({ source }: Props) {
  return (
    <Notice
      tone="bad"
      state="unconfigured"
      title={source?.error ? "A setting can not be read" : "BOREALIS_ZK is not set"}
    >
      {source?.error ? <p className="text-ink">{source.error}</p> : null}
      <p>
        The dashboard reads jobs and ServerSets from ZooKeeper and was not told where they are. Set
        BOREALIS_ZK to the servers of the ensemble, BOREALIS_SERVERSET_ROOT only if ServerSets are not at
        /aurora, and start the dashboard again:
      </p>
      <Command>BOREALIS_ZK=zk1:2181,zk2:2181,zk3:2181 npm run start --workspace @borealis/web</Command>
    </Notice>
  );
}

function Unreachable({ source }: Props) {
  return (
    <Notice tone="bad" state="unreachable" title={`ZooKeeper ${source?.servers ?? ""} can not be reached`}>
      <p>
        No session since the dashboard started <Ago sinceMs={source?.sinceMs ?? 0} />. It keeps trying, and
        this page fills by itself as soon as there is one.
      </p>
      {source?.error ? <p className="font-mono text-xs break-words text-ink">{source.error}</p> : null}
      <p>Is the ensemble up, and is BOREALIS_ZK right? On the host of the dashboard:</p>
      <Command>{reachable(source?.servers)}</Command>
      <p>Tasks, health checks and announcing do not depend on this page and go on.</p>
    </Notice>
  );
}

function Refused({ source }: Props) {
  const roots = [BOREALIS_ROOT, source?.serverSetRoot ?? DEFAULT_SERVERSET_ROOT];
  return (
    <Notice tone="bad" state="refused" title={`ZooKeeper ${source?.server ?? ""} can not be read`}>
      <p>
        There is a session, but reading {roots.join(" and ")} does not succeed, noticed{" "}
        <Ago sinceMs={source?.sinceMs ?? 0} />. It keeps trying, and this page fills by itself as soon as it
        may read.
      </p>
      <p className="font-mono text-xs break-words text-ink">{source?.error}</p>
      <p>
        May everybody read there, and is the server at least ZooKeeper 3.6? On a host with ZooKeeper's own
        tools:
      </p>
      <Command>
        {[
          ...roots.map((root) => `zkCli.sh -server ${source?.server} getAcl ${root}`),
          `zkCli.sh -server ${source?.server} version`,
        ].join("\n")}
      </Command>
      <p>Tasks, health checks and announcing do not depend on this page and go on.</p>
    </Notice>
  );
}

function reachable(servers = "localhost:2181"): string {
  return servers
    .split(",")
    .map((server) => `nc -vz ${server.trim().replace(/:(\d+)$/, " $1")}`)
    .join("\n");
}
