const GOLDEN = 0x9e3779b9;

/**
 * Number `index` of the row of chances that belongs to `seed`, from 0 to below 1.
 *
 * Any of them at once and without those before it. The libraries there are (pure-rand and its like) go step by step: a
 * host that slept for a week would draw once for each slot it missed, or what is due later would depend on it.
 */
export function chanceAt(seed: number, index: number): number {
  return mixed(seed + Math.imul(index, GOLDEN)) / 2 ** 32;
}

/** A seed of its own for each member of a family, so that what one draws changes nothing for another. */
export function seedOf(family: number, member: number): number {
  return mixed(family + Math.imul(member, GOLDEN));
}

/** The finaliser of splitmix32: numbers in a row come out with nothing in common. */
function mixed(bits: number): number {
  let mix = bits | 0;
  mix = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad);
  mix = Math.imul(mix ^ (mix >>> 15), 0x735a2d97);
  return (mix ^ (mix >>> 15)) >>> 0;
}
