import type { AnnounceState } from "@borealis/schema";
import type { EphemeralNodeState } from "./ephemeral-node.ts";
import { EphemeralNodeKeeper } from "./ephemeral-node-keeper.ts";
import type { ServerSetError } from "./errors.ts";
import { formatMember, MEMBER_PREFIX, type MemberSpec } from "./member.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

export interface AnnouncementOptions {
  readonly session: ZooKeeperSession;
  /** The ServerSet's path, `/aurora/<role>/<env>/<job>`; parents are created. */
  readonly path: string;
  readonly member: MemberSpec;
  readonly onChange?: (report: AnnouncementReport) => void;
}

export interface AnnouncementReport {
  readonly state: Exclude<AnnounceState, "disabled">;
  /** `member_0000000012`, while ZooKeeper holds it. */
  readonly member?: string;
  /** Why joining or leaving does not succeed, while it does not. */
  readonly problem?: ServerSetError;
}

/**
 * Our member of a ServerSet: nothing is there before `join()`; after it exactly one znode, re-created when it or its
 * session is lost, until `leave()`. Trouble with ZooKeeper is reported and tried again, never thrown.
 */
export class Announcement {
  readonly #keeper: EphemeralNodeKeeper;
  readonly #options: AnnouncementOptions;
  #left = false;
  #problem: ServerSetError | undefined;
  #last = "";

  constructor(options: AnnouncementOptions) {
    this.#options = options;
    const bytes = formatMember(options.member);
    this.#keeper = new EphemeralNodeKeeper({
      session: options.session,
      path: `${options.path}/${MEMBER_PREFIX}`,
      sequential: true,
      content: () => bytes,
      onChange: (_, problem) => {
        this.#problem = problem;
        this.#tell();
      },
    });
  }

  get report(): AnnouncementReport {
    return describe(this.#keeper.state, this.#left, this.#problem);
  }

  join(): void {
    this.#left = false;
    this.#keeper.want();
    this.#tell();
  }

  /** Takes the member out; resolves when its znode is gone. Rejects with the signal's reason if that takes too long. */
  leave(signal: AbortSignal): Promise<void> {
    this.#left = true;
    this.#keeper.unwant();
    this.#tell();
    return this.#keeper.gone(signal);
  }

  /** Stops keeping; call it after `leave`. */
  close(): void {
    this.#keeper.close();
  }

  #tell(): void {
    const report = this.report;
    const key = `${report.state} ${report.member} ${report.problem?.message}`;
    if (key === this.#last) return;
    this.#last = key;
    this.#options.onChange?.(report);
  }
}

function describe(
  node: EphemeralNodeState,
  left: boolean,
  problem: ServerSetError | undefined,
): AnnouncementReport {
  const member = node.path?.slice(node.path.lastIndexOf("/") + 1);
  const named = member === undefined ? {} : { member };
  if (node.wanted && node.path !== undefined) return { state: "announced", ...named };
  const trouble = problem === undefined ? {} : { problem };
  if (node.wanted) return { state: "joining", ...trouble };
  return { state: left ? "withdrawn" : "waiting", ...named, ...trouble };
}
