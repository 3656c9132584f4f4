import type { Bind } from "./api.ts";
import { InvalidReference, parseReference } from "./template/reference.ts";

/**
 * Reads `--bind name=value`. The name is an address as references have it (`profile.instances`, `a[b]`); everything after
 * the first `=` is the value, which may be empty.
 * @returns the binding, or one sentence that says what is wrong with the text.
 */
export function parseBind(text: string): Bind | { readonly problem: string } {
  const end = text.indexOf("=");
  if (end === -1) return { problem: `"${text}" binds nothing: write name=value, as in profile.instances=3` };
  const name = text.slice(0, end);
  try {
    return { address: parseReference(name).address, value: text.slice(end + 1) };
  } catch (error) {
    if (!(error instanceof InvalidReference)) throw error;
    return {
      problem: `"${name}" can not be bound: no reference looks like it; write a name as in profile.instances=3 or image[web]=latest`,
    };
  }
}
