const FALLBACK = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The one thing of our own environment that processes are given. */
export function inheritedPath(): string {
  return process.env["PATH"] ?? FALLBACK;
}
