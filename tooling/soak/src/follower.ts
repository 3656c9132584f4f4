import { watchServerSet, type ZooKeeperSession } from "@borealis/serverset";

/** What our watch shows: the names of members, and whether it says that it is up to date. */
export class Follower implements AsyncDisposable {
  readonly names = new Set<string>();
  events = 0;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;

  constructor(session: ZooKeeperSession, path: string, onEnded: (why: string) => void) {
    this.#following = this.#follow(session, path).then(
      () => {
        if (!this.#stop.signal.aborted) onEnded("the watch ended by itself");
      },
      (error: unknown) => onEnded(`the watch failed: ${error}`),
    );
  }

  async #follow(session: ZooKeeperSession, path: string): Promise<void> {
    for await (const event of watchServerSet(session, path, this.#stop.signal)) {
      this.events += 1;
      if (event.type === "ADD" || event.type === "CHANGE") this.names.add(event.member.name);
      if (event.type === "REMOVE") this.names.delete(event.name);
      if (event.type !== "RESYNC") continue;
      this.names.clear();
      for (const { name } of [...event.set.members, ...event.set.invalid]) this.names.add(name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }
}
