/** A command line of a megabyte is beyond what any shell takes. */
export const LONGEST_TEXT = 1024 ** 2;

/** Characters read and places looked at for one tree. A hundred times what a large job takes. */
const MOST_WORK = 10_000_000;

/** A tree whose references multiply each other could take for ever, text by text. */
export class LimitReached extends Error {
  override readonly name = "LimitReached";
}

/** What filling in one tree may still cost. */
export class Budget {
  #left = MOST_WORK;

  spend(work: number): void {
    this.#left -= work;
    if (this.#left < 0) throw new LimitReached("filling its references in takes too much work");
  }
}
