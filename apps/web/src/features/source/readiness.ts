import { isRefused, type SourceStatus } from "./source-status.ts";

/** Ready: the session is connected and everything has been read once. */
export function readiness(status: SourceStatus): { ready: boolean; sentence: string } {
  const { error, server, servers, state } = status;
  const because = error === undefined ? "" : `: ${error}`;
  switch (state) {
    case "live":
      return { ready: true, sentence: `ready: live from ZooKeeper ${server ?? servers}` };
    case "unconfigured":
      return { ready: false, sentence: `not ready: ${error ?? "BOREALIS_ZK is not set"}` };
    case "connecting":
      return { ready: false, sentence: `not ready: no session with ZooKeeper ${servers} yet${because}` };
    case "loading":
      return { ready: false, sentence: `not ready: reading from ZooKeeper ${server ?? servers}` };
    case "refused":
      return {
        ready: false,
        sentence: `not ready: ZooKeeper ${server ?? servers} can not be read${because}`,
      };
    case "stale":
      if (isRefused(status)) {
        return {
          ready: false,
          sentence: `not ready: ZooKeeper ${server} can not be read any more${because}`,
        };
      }
      return { ready: false, sentence: `not ready: the session with ZooKeeper ${servers} is lost${because}` };
  }
}
