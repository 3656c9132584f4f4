/** As many as are followed. */
const MOST_REDIRECTS = 5;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const LOOPBACKS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** What is asked for on the one host and port. */
export interface Question {
  readonly method: string;
  readonly path: string;
}

/** `asked`: every question so far, the latest last. `base`: `http://localhost:8080`, or what the Host header says. */
export interface RedirectContext {
  readonly asked: readonly Question[];
  readonly base: string;
}

export function isRedirect(statusCode: number, location: string | undefined): location is string {
  return location !== undefined && REDIRECTS.has(statusCode);
}

/** What to ask next, or why not, in words. */
export function followRedirect(
  statusCode: number,
  location: string,
  { asked, base }: RedirectContext,
): Question | { problem: string } {
  const latest = asked.at(-1);
  if (latest === undefined) throw new Error("nothing was asked");
  // Put together, not resolved: a path of `//` would be read as the name of a host.
  const from = URL.parse(`${base}${latest.path}`);
  const to = from && URL.parse(location, from.href);
  if (from === null || to === null)
    return { problem: `HTTP ${statusCode} to ${JSON.stringify(location)}, which is no URL` };
  if (!isSameService(from, to)) return { problem: `HTTP ${statusCode} to another service: ${to.origin}` };
  const next = { method: methodAfter(statusCode, latest.method), path: `${to.pathname}${to.search}` };
  if (asked.some(({ method, path }) => method === next.method && path === next.path)) {
    const paths = [...asked, next].map(({ path }) => path);
    return { problem: `HTTP ${statusCode} in a circle: ${paths.join(" → ")}` };
  }
  if (asked.length > MOST_REDIRECTS) {
    return { problem: `HTTP ${statusCode}: redirected more than ${MOST_REDIRECTS} times` };
  }
  return next;
}

/** A service that calls itself 127.0.0.1 where it was asked as localhost has not sent us away. */
function isSameService(from: URL, to: URL): boolean {
  return (
    from.protocol === to.protocol &&
    from.port === to.port &&
    (from.hostname === to.hostname || (LOOPBACKS.has(from.hostname) && LOOPBACKS.has(to.hostname)))
  );
}

/** As browsers do: only 307 and 308 keep a method that is not GET or HEAD. */
function methodAfter(statusCode: number, method: string): string {
  return statusCode === 307 || statusCode === 308 || method === "HEAD" ? method : "GET";
}
