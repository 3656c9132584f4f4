/** The words of a record: long, rare, and mostly those of the one before. */
export interface Detail {
  reason: string | undefined;
  output: string | undefined;
  /** Records that have it. */
  uses: number;
  readonly bytes: number;
}

/** What one costs on disk beside its text. */
const OVERHEAD = 16;

/**
 * All the words there are, bounded together: when they become too many, the oldest lose theirs. A server that answers
 * each check with 4 KB of something new would otherwise push everybody's results out.
 */
export class Details {
  readonly #budget: number;
  /** In the order in which they came. */
  readonly #live = new Set<Detail>();
  #bytes = 0;

  constructor(budgetBytes: number) {
    this.#budget = budgetBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** One that says this, for one more record: `like` again if it says the same. */
  keep(reason: string | undefined, output: string | undefined, like: Detail | undefined): Detail | undefined {
    if (reason === undefined && output === undefined) return undefined;
    if (like !== undefined && like.uses > 0 && like.reason === reason && like.output === output) {
      like.uses++;
      return like;
    }
    const bytes = OVERHEAD + Buffer.byteLength(reason ?? "") + Buffer.byteLength(output ?? "");
    const detail = { reason, output, uses: 1, bytes };
    this.#live.add(detail);
    this.#bytes += bytes;
    for (const oldest of this.#live) {
      if (this.#bytes <= this.#budget) break;
      this.#forget(oldest);
      oldest.reason = undefined;
      oldest.output = undefined;
    }
    return detail;
  }

  /** One record less has it. */
  release(detail: Detail): void {
    detail.uses--;
    if (detail.uses === 0) this.#forget(detail);
  }

  #forget(detail: Detail): void {
    if (this.#live.delete(detail)) this.#bytes -= detail.bytes;
  }
}
