import { source } from "./source.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Opens the session, and ends it with the process. */
export function start(): void {
  // An open stream would keep the server from ending for as long as anybody looks at it.
  for (const signal of SIGNALS) process.once(signal, () => void source().close());
  source();
}
