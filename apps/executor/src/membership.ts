import { Announcement, type AnnouncementReport } from "@borealis/serverset";
import { announcedMember, announcedPath } from "./announced-member.ts";
import type { InstanceContext } from "./instance.ts";
import type { InstanceSpec } from "./instance-spec.ts";

const LEAVE_DEADLINE_MS = 5_000;

/** An instance's place in its ServerSet. */
export class Membership {
  readonly #announcement: Announcement;
  readonly #context: InstanceContext;
  #confirmed = true;

  /** @returns undefined when the job is not announced. */
  static of(
    spec: InstanceSpec,
    context: InstanceContext,
    onChange: (report: AnnouncementReport) => void,
  ): Membership | undefined {
    if (spec.announce === undefined) return undefined;
    const { settings, session } = context;
    const announcement = new Announcement({
      session,
      path: announcedPath(spec, spec.announce, settings.serverSetRoot),
      member: announcedMember(spec, spec.announce, settings.announcedHost),
      onChange,
    });
    return new Membership(announcement, context);
  }

  constructor(announcement: Announcement, context: InstanceContext) {
    this.#announcement = announcement;
    this.#context = context;
  }

  /** Others may see it, or may soon. */
  get isIn(): boolean {
    const { state, member } = this.#announcement.report;
    return state === "joining" || state === "announced" || member !== undefined;
  }

  want(wanted: boolean): void {
    const { state } = this.#announcement.report;
    const isIn = state === "joining" || state === "announced";
    if (wanted && !isIn) this.#announcement.join();
    if (!wanted && isIn) void this.#withdraw();
  }

  /** For now. */
  async #withdraw(): Promise<void> {
    using deadline = this.#context.settings.clock.deadline(LEAVE_DEADLINE_MS);
    // Awaited here: the deadline is disposed of when this function returns.
    await this.#announcement.leave(deadline.signal).catch(() => {});
  }

  /** Resolves when ZooKeeper has confirmed that the znode is gone. @throws what kept it from that */
  async leave(signal: AbortSignal): Promise<void> {
    this.#confirmed = false;
    await this.#announcement.leave(signal);
    this.#confirmed = true;
  }

  /** One that is not confirmed gone keeps trying: it goes as soon as ZooKeeper can be told, or with the session. */
  close(): void {
    if (this.#confirmed) this.#announcement.close();
  }
}
