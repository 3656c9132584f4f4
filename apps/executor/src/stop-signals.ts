const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly NodeJS.Signals[];

/** What a terminal, systemd or a parent sends to end us. The first asks for an orderly stop, the next for a quick one, the third for one at once. */
export class StopSignals implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners: ((name: NodeJS.Signals) => void)[] = [];
  #received: NodeJS.Signals | undefined;
  readonly #handle = (name: NodeJS.Signals) => {
    this.#received ??= name;
    this.#controller.abort(new Error(`${name} received`));
    for (const listener of this.#listeners) listener(name);
  };

  constructor() {
    for (const name of STOP_SIGNALS) process.on(name, this.#handle);
  }

  /** Aborts with the first signal: whatever is being waited for at start is given up. */
  get first(): AbortSignal {
    return this.#controller.signal;
  }

  get received(): NodeJS.Signals | undefined {
    return this.#received;
  }

  /** Called for every signal. */
  onSignal(listener: (name: NodeJS.Signals) => void): void {
    this.#listeners.push(listener);
  }

  [Symbol.dispose](): void {
    for (const name of STOP_SIGNALS) process.off(name, this.#handle);
  }
}
