import { ListenerSet } from "./zookeeper/listener-set.ts";

/** Listeners by event. One that throws disturbs neither the others nor whoever tells: it is warned of. */
export class Listeners<Events extends object> {
  readonly #byEvent = new Map<keyof Events, ListenerSet<never>>();

  /** @returns what stops it. */
  add<Name extends keyof Events>(name: Name, listener: (detail: Events[Name]) => void): () => void {
    const listeners = this.#of(name);
    return listeners.add(listener);
  }

  tell<Name extends keyof Events>(name: Name, detail: Events[Name]): void {
    this.#of(name).tell(detail);
  }

  #of<Name extends keyof Events>(name: Name): ListenerSet<Events[Name]> {
    const known = this.#byEvent.get(name) ?? new ListenerSet<never>(warn);
    this.#byEvent.set(name, known);
    return known as unknown as ListenerSet<Events[Name]>;
  }
}

/** Runs what belongs to somebody else. */
export function guarded(task: () => void): void {
  try {
    task();
  } catch (error) {
    warn(error instanceof Error ? error : new Error(String(error)));
  }
}

function warn(error: Error): void {
  process.emitWarning(error);
}
