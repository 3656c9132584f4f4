/**
 * A page of any site may have its own name resolve to 127.0.0.1 and then reads what is there as its own (DNS rebinding).
 * But the browser still sends that name: only loopback's names, and those that were listed, are answered.
 */
export function mayAsk(host: string | null, listed: ReadonlySet<string>): boolean {
  const name = nameOf(host ?? "");
  return name !== undefined && (isLoopback(name) || listed.has(name));
}

/** Names separated by commas; a port is not looked at. */
export function parseHostNames(text: string): ReadonlySet<string> {
  return new Set(text.split(",").flatMap((host) => nameOf(host.trim()) ?? []));
}

/** @returns the name of `name:port` or `[address]:port`; undefined for what is neither. */
function nameOf(host: string): string | undefined {
  const [, name] = /^(\[[\da-f:.]+\]|[^\s:[\]/@]+?)\.?(?::\d{1,5})?$/i.exec(host) ?? [];
  return name?.toLowerCase();
}

function isLoopback(name: string): boolean {
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "[::1]" ||
    /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name)
  );
}
