/** Descriptors that the parent and its sandboxed child share, besides stdin and what is printed. */
export const ANSWER_FD = 3;
/** A file that the parent opened for the child to read, where it did. */
export const HANDED_IN_FD = 4;
/** Takes what is to go back before any foreign code runs. */
export const HANDED_OUT_FD = 5;

/** Written in front of the answer when the foreign code begins: from there its time counts. */
export const STARTED = "\n";
/** Written behind it. JSON as we write it has no line ends of its own. */
export const ANSWER_END = "\n";

/** What the child reads from stdin. */
export interface Envelope {
  readonly input: unknown;
  /** Descriptors to close before foreign code runs. Others of such a number are Node's own. */
  readonly opened: readonly number[];
}
