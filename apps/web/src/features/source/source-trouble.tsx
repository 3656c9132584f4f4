"use client";

import { Ago } from "../../components/ago.tsx";
import { Command, Notice } from "../../components/notice.tsx";
import { useTimedText } from "../../components/now.ts";
import { type Freshness, useFreshness } from "./use-freshness.ts";

/** A first connection that takes longer is trouble, not patience. */
const PATIENCE_MS = 4_000;

/** @returns what to say instead of data that was never had, or "wait" while that is still no news. */
export function useSourceTrouble(): { readonly kind: "none" | "wait" | "unconfigured" | "unreachable" } {
  const { state, source } = useFreshness();
  const late = useTimedText((nowMs) =>
    source !== undefined && nowMs - source.sinceMs > PATIENCE_MS ? "late" : "",
  );
  if (state === "unconfigured") return { kind: "unconfigured" };
  if (source?.state === "connecting")
    return { kind: late === "" && source.error === undefined ? "wait" : "unreachable" };
  return { kind: source === undefined || source.state === "loading" ? "wait" : "none" };
}

export function SourceTrouble() {
  const { source } = useFreshness();
  return source?.state === "unconfigured" ? (
    <Unconfigured source={source} />
  ) : (
    <Unreachable source={source} />
  );
}

interface Props {
  readonly source: Freshness["source"];
}

function Unconfigured({ source }: Props) {
  return (
    <Notice
      tone="bad"
      state="unconfigured"
      title={source?.error ? "BOREALIS_ZK can not be read" : "BOREALIS_ZK is not set"}
    >
      {source?.error ? <p className="text-ink">{source.error}</p> : null}
      <p>
        The dashboard reads jobs and ServerSets from ZooKeeper and was not told where it is. Set BOREALIS_ZK
        to the servers of the ensemble and start the dashboard again:
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

function reachable(servers = "localhost:2181"): string {
  return servers
    .split(",")
    .map((server) => `nc -vz ${server.trim().replace(/:(\d+)$/, " $1")}`)
    .join("\n");
}
