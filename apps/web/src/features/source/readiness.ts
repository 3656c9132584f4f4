import type { SourceStatus } from "./source-status.ts";

/** Ready: the session is connected and everything has been read once. */
export function readiness(status: SourceStatus): { ready: boolean; sentence: string } {
  const { error, server, servers, state } = status;
  const because = error === undefined ? "" : `: ${error}`;
  switch (state) {
    case "live":
      return { ready: true, sentence: `ready: live from ZooKeeper ${server ?? servers}` };
    case "unconfigured":
      return { ready: false, sentence: `not ready: BOREALIS_ZK is not set or can not be read${because}` };
    case "connecting":
      return { ready: false, sentence: `not ready: no session with ZooKeeper ${servers} yet${because}` };
    case "loading":
      return { ready: false, sentence: `not ready: reading from ZooKeeper ${server ?? servers}` };
    case "stale":
      return { ready: false, sentence: `not ready: the session with ZooKeeper ${servers} is lost${because}` };
  }
}
