import type { Notification } from "./connection.ts";
import { ListenerSet } from "./listener-set.ts";

type Listener = (notification: Notification) => void;

/** Brings each notification to those who asked for its path or for the parent of it, however many others there are. */
export class NotificationRoutes {
  readonly #report: (error: Error) => void;
  readonly #everywhere: ListenerSet<Notification>;
  readonly #at = new Map<string, ListenerSet<Notification>>();

  constructor(report: (error: Error) => void) {
    this.#report = report;
    this.#everywhere = new ListenerSet(report);
  }

  /** Paths that somebody listens at. */
  get paths(): number {
    return this.#at.size;
  }

  everywhere(listener: Listener): () => void {
    return this.#everywhere.add(listener);
  }

  /** Notifications of `path` itself and of its direct children. */
  at(path: string, listener: Listener): () => void {
    const here = this.#at.get(path) ?? new ListenerSet<Notification>(this.#report);
    this.#at.set(path, here);
    const remove = here.add(listener);
    return () => {
      remove();
      // It may have been emptied and made anew meanwhile.
      if (here.size === 0 && this.#at.get(path) === here) this.#at.delete(path);
    };
  }

  route(notification: Notification): void {
    const { path } = notification;
    this.#everywhere.tell(notification);
    this.#at.get(path)?.tell(notification);
    if (path !== "/") this.#at.get(path.slice(0, path.lastIndexOf("/")) || "/")?.tell(notification);
  }
}
