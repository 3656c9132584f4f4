import { InvalidArgumentError } from "commander";

const LARGEST_PORT = 65_535;

/** `-P name:port`, repeated. */
export function collectPort(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const match = /^([^:]+):(\d+)$/.exec(text);
  const [, name, digits] = match ?? [];
  const port = Number(digits);
  if (name === undefined || port < 1 || port > LARGEST_PORT) {
    throw new InvalidArgumentError(`Write name:port with a port from 1 to ${LARGEST_PORT}, as in http:8080.`);
  }
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`Port "${name}" is given twice.`);
  return { ...before, [name]: port };
}

/** `--portmap alias:name`, repeated. */
export function collectAlias(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const match = /^([^:]+):([^:]+)$/.exec(text);
  const [, alias, target] = match ?? [];
  if (alias === undefined || target === undefined) {
    throw new InvalidArgumentError("Write alias:name, as in health:http.");
  }
  if (Object.hasOwn(before, alias)) throw new InvalidArgumentError(`Alias "${alias}" is given twice.`);
  return { ...before, [alias]: target };
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`Must be a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** Seconds, fractions allowed. */
export function secondsAbove(
  least: number,
  inclusive: boolean,
  most = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const allowed = inclusive ? value >= least : value > least;
    if (value > most) throw new InvalidArgumentError(`Must be ${most} seconds or less.`);
    if (text.trim() === "" || !Number.isFinite(value) || !allowed) {
      throw new InvalidArgumentError(
        `Must be a number of seconds ${inclusive ? "of at least" : "above"} ${least}.`,
      );
    }
    return value;
  };
}

/** `host:port`; `[::1]:8080` for IPv6. */
export function listenAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port <= LARGEST_PORT)) {
    throw new InvalidArgumentError("Write host:port, as in 127.0.0.1:1338; port 0 takes a free one.");
  }
  return { host, port };
}

/** For an option that may be repeated and is read later. */
export function collectText(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
