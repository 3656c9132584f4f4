/** Requests of the library have numbers below this, our own from here on: so their replies are told apart. */
export const FIRST_OWN_NUMBER = 0x4000_0000;
const LAST_OWN_NUMBER = 0x7fff_ffff;

/**
 * The xids of one connection. Both halves go round: the library matches replies by their order and ZooKeeper takes any
 * number, so a connection that lives long need not be made anew.
 */
export class RequestNumbers {
  #library: number;
  #own: number;

  constructor(first: { library?: number; own?: number } = {}) {
    this.#library = first.library ?? 1;
    this.#own = first.own ?? FIRST_OWN_NUMBER;
  }

  forLibrary(): number {
    const number = this.#library;
    this.#library = number === FIRST_OWN_NUMBER - 1 ? 1 : number + 1;
    return number;
  }

  /** `inUse` must not hold for every number there is. */
  forOwn(inUse: (number: number) => boolean): number {
    for (;;) {
      const number = this.#own;
      this.#own = number === LAST_OWN_NUMBER ? FIRST_OWN_NUMBER : number + 1;
      if (!inUse(number)) return number;
    }
  }
}
