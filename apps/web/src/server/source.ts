import { systemClock } from "@borealis/clock";
import { env } from "../env.ts";
import { JobsSource } from "./jobs-source.ts";

// Next bundles instrumentation and routes apart, and development reloads modules: the process holds one source.
const KEY = Symbol.for("borealis.web.source");
const holder = globalThis as { [KEY]?: JobsSource };

export function source(): JobsSource {
  holder[KEY] ??= new JobsSource({
    servers: env.zooKeeper,
    serverSetRoot: env.serverSetRoot,
    security: env.security,
    problem: env.problem,
    clock: systemClock,
  });
  return holder[KEY];
}
