import type { RunNews } from "../keeper/keeper.ts";

export type TaskNews = RunNews | "kill" | "taken";

/** Keeps what is told of a task until somebody knows what the task is. */
export class NewsBox {
  #waiting: TaskNews[] = [];
  #listener: ((news: TaskNews) => void) | undefined;

  put(news: TaskNews): void {
    if (this.#listener === undefined) this.#waiting.push(news);
    else this.#listener(news);
  }

  /** @returns what was told before; the rest goes to the listener. */
  open(listener: (news: TaskNews) => void): readonly TaskNews[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#listener = listener;
    return waiting;
  }
}
