import { InvalidArgumentError, Option } from "commander";
import { collectText } from "./values.ts";

/** `--env NAME=value`, repeated: all after the first `=` is the value, which may be empty. */
export function collectEnvironment(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const end = text.indexOf("=");
  const name = text.slice(0, Math.max(0, end));
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new InvalidArgumentError(
      "Write NAME=value, as in LANG=C; a name has letters, digits and _, and begins with no digit.",
    );
  }
  // What bash would take apart is as long as the kernel lets it be, but a NUL would end it.
  if (text.includes("\0")) throw new InvalidArgumentError("A value can not hold a NUL.");
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return { ...before, [name]: text.slice(end + 1) };
}

/** `-E NAME=value`: Thermos' name for `--bind`, into the same list. There, a value could not hold `=`. */
export function bindingOption(): Option {
  const option = new Option("-E <name=value>", "Thermos' name for --bind").argParser(collectText);
  option.attributeName = () => "bind";
  return option;
}
