import {
  type AnnouncementFacts,
  type AnnouncementReport,
  type AnnouncementState,
  memberIdOf,
  reportOf,
  stateOf,
} from "./announcement-state.ts";
import { type EphemeralNodeState, isUpToDate } from "./ephemeral-node.ts";
import { EphemeralNodeKeeper } from "./ephemeral-node-keeper.ts";
import { ServerSetError } from "./errors.ts";
import { guarded, Listeners } from "./listeners.ts";
import { formatMember, MEMBER_PREFIX, type MemberSpec } from "./member.ts";
import { Waiters } from "./waiters.ts";
import type { Acl } from "./zookeeper/security.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

export type { AnnouncementReport, AnnouncementState } from "./announcement-state.ts";

export interface AnnouncementOptions {
  readonly session: ZooKeeperSession;
  /** The ServerSet's path, `/aurora/<role>/<env>/<job>`; parents are created. */
  readonly path: string;
  readonly member: MemberSpec;
  readonly onChange?: (report: AnnouncementReport) => void;
  /** When somebody deletes the member: announce it again (default), or let it be `failed`. */
  readonly onRemoved?: "reannounce" | "stop";
  /** Of the member and of the ancestors it lacks; default: the session's. */
  readonly acl?: readonly Acl[];
}

export interface AnnouncementEvents {
  /** ZooKeeper has said that the member is there: first, under a new name, or after a while without connection. */
  readonly confirmed: { readonly memberId: string };
  /** No connection; others still see the member. */
  readonly unconfirmed: { readonly memberId: string };
  /** No connection for longer than the session timeout: others may not see it any more. */
  readonly suspect: { readonly memberId: string };
  /** The session expired, or somebody deleted the member. */
  readonly lost: { readonly memberId: string };
  /** It is there again after it was lost. */
  readonly reannounced: { readonly memberId: string };
  readonly error: ServerSetError;
}

const DISPOSE_GRACE_MS = 5_000;

/**
 * Our member of a ServerSet: nothing is there before `join()`; after it exactly one znode, re-created when it or its
 * session is lost, until `leave()`. Trouble with ZooKeeper is reported and tried again, never thrown.
 * @throws ServerSetError INVALID_MEMBER, from the constructor.
 */
export class Announcement implements AsyncDisposable {
  /** Resolves when it has left, failed, or was closed, for the first time. */
  readonly ended: Promise<void>;
  readonly #options: AnnouncementOptions;
  readonly #keeper: EphemeralNodeKeeper;
  readonly #listeners = new Listeners<AnnouncementEvents>();
  readonly #announced = new Waiters();
  readonly #updated = new Waiters();
  readonly #end = Promise.withResolvers<void>();
  readonly #unsubscribe: () => void;
  /** What is to be announced, and what it was before the changes that are under way. */
  #bytes: Buffer;
  #confirmedBytes: Buffer;
  #joined = false;
  #left = false;
  #closed = false;
  #lost = false;
  #problem: ServerSetError | undefined;
  /** Why it is `failed`. */
  #stoppedBy: ServerSetError | undefined;
  #lastReport = "";
  #lastProblem: string | undefined;
  #last: { readonly state: AnnouncementState; readonly memberId: string | undefined };

  constructor(options: AnnouncementOptions) {
    this.#options = options;
    this.#bytes = formatMember(options.member);
    this.#confirmedBytes = this.#bytes;
    this.ended = this.#end.promise;
    this.#keeper = new EphemeralNodeKeeper({
      session: options.session,
      path: `${options.path === "/" ? "" : options.path}/${MEMBER_PREFIX}`,
      sequential: true,
      content: () => this.#bytes,
      ...(options.acl === undefined ? {} : { acl: options.acl }),
      ...(options.onRemoved === undefined ? {} : { onRemoved: options.onRemoved }),
      onChange: (node, problem) => {
        this.#problem = problem;
        this.#onNode(node);
      },
      onChangeRefused: (problem) => this.#onRefused(problem),
      onStopped: () => this.#onStopped(),
    });
    this.#last = { state: "pending", memberId: undefined };
    this.#unsubscribe = options.session.subscribe(() => this.#onSession());
  }

  get state(): AnnouncementState {
    return stateOf(this.#facts);
  }

  /** `member_0000000012`, while this session owns it as far as we know. */
  get memberId(): string | undefined {
    return memberIdOf(this.#keeper.state);
  }

  /** The session's generation that `memberId` belongs to. */
  get generation(): number {
    return this.#keeper.state.generation;
  }

  /** Why it is not as it should be, while it is not. */
  get problem(): ServerSetError | undefined {
    return this.report.problem ?? this.#facts.problem;
  }

  get report(): AnnouncementReport {
    return reportOf(this.#facts);
  }

  on<Name extends keyof AnnouncementEvents>(
    event: Name,
    listener: (detail: AnnouncementEvents[Name]) => void,
  ): () => void {
    return this.#listeners.add(event, listener);
  }

  join(): void {
    this.#joined = true;
    this.#left = false;
    this.#lost = false;
    this.#stoppedBy = undefined;
    this.#keeper.want();
    this.#tell();
  }

  /**
   * Joins, unless it has, and resolves when the member is there. Rejects with the problem once ZooKeeper refuses it for good (it is still tried
   * again, slowly), or with the signal's reason.
   */
  announced(signal?: AbortSignal): Promise<void> {
    if (this.state === "announced") return Promise.resolve();
    if ((!this.#joined || this.#left) && !this.#closed) this.join();
    const refusal = this.#refusal();
    return refusal === undefined ? this.#announced.wait(signal) : Promise.reject(refusal);
  }

  /**
   * Replaces the member by another one: the new znode is there before the old one goes. Before `join` it only changes
   * what will be announced. Several at once come to the latest, and settle as it does. When that is refused for good,
   * what was announced before stays. `signal` ends the waiting, not the update.
   * @throws ServerSetError INVALID_MEMBER, ABORTED (it left first), CLOSED, or what ZooKeeper refused it with.
   */
  async update(member: MemberSpec, signal?: AbortSignal): Promise<void> {
    const bytes = formatMember(member);
    if (this.#closed) throw new ServerSetError("CLOSED", "the announcement was closed");
    signal?.throwIfAborted();
    if (!bytes.equals(this.#bytes)) {
      this.#bytes = bytes;
      this.#keeper.changed();
    }
    const { wanted } = this.#keeper.state;
    if (!wanted) this.#confirmedBytes = bytes;
    if (!wanted || (this.#bytes.equals(this.#confirmedBytes) && isUpToDate(this.#keeper.state))) return;
    await this.#updated.wait(signal);
  }

  /** Takes the member out; resolves when its znode is gone. Rejects with the signal's reason if that takes too long. */
  leave(signal: AbortSignal): Promise<void> {
    this.#left = true;
    this.#stoppedBy = undefined;
    this.#keeper.unwant();
    this.#abort(
      new ServerSetError("ABORTED", "the announcement was told to leave", { path: this.#options.path }),
    );
    this.#tell();
    return this.#keeper.gone(signal);
  }

  /** Takes it out however long that takes, then closes: for one whose caller does not wait. Never rejects. */
  async abandon(): Promise<void> {
    if (this.#closed) return;
    void this.leave(AbortSignal.abort()).catch(() => {});
    await this.#keeper.gone().catch(() => {});
    this.close();
  }

  /** Stops keeping; call it after `leave`. A member that is still there goes with the session. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keeper.close();
    this.#unsubscribe();
    this.#abort(new ServerSetError("CLOSED", "the announcement was closed", { path: this.#options.path }));
    this.#end.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    using deadline = this.#options.session.clock.deadline(DISPOSE_GRACE_MS);
    await this.leave(deadline.signal).then(
      () => this.close(),
      () => void this.abandon(),
    );
  }

  get #facts(): AnnouncementFacts {
    return {
      node: this.#keeper.state,
      joined: this.#joined,
      left: this.#left,
      failed: this.#stoppedBy !== undefined,
      closed: this.#closed,
      status: this.#options.session.status,
      problem: this.#stoppedBy ?? this.#problem,
    };
  }

  #onNode(node: EphemeralNodeState): void {
    if (node.wanted && isUpToDate(node)) {
      this.#confirmedBytes = this.#bytes;
      this.#updated.resolve();
    }
    this.#tell();
  }

  #onRefused(problem: ServerSetError): void {
    this.#bytes = this.#confirmedBytes;
    // Before anybody hears of it: who then asks for another update waits for that one.
    this.#updated.reject(problem);
    this.#announced.reject(problem);
    this.#tellProblem(problem);
  }

  #onStopped(): void {
    const { path } = this.#options;
    this.#stoppedBy = new ServerSetError("NO_NODE", `somebody deleted our member of ${path}; it stays out`, {
      path,
    });
    this.#abort(this.#stoppedBy);
  }

  #refusal(): ServerSetError | undefined {
    const { path, session } = this.#options;
    if (this.#closed) return new ServerSetError("CLOSED", "the announcement was closed", { path });
    if (session.status.state === "closed")
      return new ServerSetError("CLOSED", "the ZooKeeper session was closed", { path });
    return this.#stoppedBy ?? (this.#keeper.state.refusals > 0 ? this.#problem : undefined);
  }

  #abort(problem: ServerSetError): void {
    this.#updated.reject(problem);
    this.#announced.reject(problem);
  }

  #tellProblem(problem: ServerSetError | undefined): void {
    const told = this.#lastProblem;
    this.#lastProblem = problem?.message;
    if (problem !== undefined && problem.message !== told) this.#listeners.tell("error", problem);
  }

  #tellEvents(): void {
    const { state, memberId } = this;
    const before = this.#last;
    this.#last = { state, memberId };
    if (
      before.memberId !== undefined &&
      memberId === undefined &&
      (state === "pending" || state === "failed")
    ) {
      this.#lost = true;
      this.#listeners.tell("lost", { memberId: before.memberId });
    }
    if (memberId === undefined || (before.state === state && before.memberId === memberId)) return;
    if (state === "unconfirmed" || state === "suspect") this.#listeners.tell(state, { memberId });
    if (state !== "announced") return;
    this.#listeners.tell("confirmed", { memberId });
    if (!this.#lost) return;
    this.#lost = false;
    this.#listeners.tell("reannounced", { memberId });
  }

  #tell(): void {
    this.#tellEvents();
    this.#tellProblem(this.#facts.problem);
    const { state } = this;
    if (state === "announced") this.#announced.resolve();
    if (state === "left" || state === "failed") this.#end.resolve();
    const { report } = this;
    const key = `${report.state} ${report.member} ${report.problem?.message}`;
    if (key === this.#lastReport || this.#closed) return;
    this.#lastReport = key;
    guarded(() => this.#options.onChange?.(report));
  }

  #onSession(): void {
    this.#tell();
    if (this.#options.session.status.state === "closed") this.close();
  }
}
