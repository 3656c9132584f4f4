import type { JobKey } from "@borealis/schema";
import type { MirrorNode } from "@borealis/serverset";

/** The znodes of one job, wherever they are. */
export interface JobNodes {
  readonly key: JobKey;
  readonly job: MirrorNode | undefined;
  readonly instances: ReadonlyMap<string, MirrorNode>;
  readonly serverSet: MirrorNode | undefined;
  readonly members: ReadonlyMap<string, MirrorNode>;
  /** When we last saw a member or an instance of it go; 0 when never. */
  readonly lossMs: number;
}
