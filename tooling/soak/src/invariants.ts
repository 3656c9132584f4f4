import type { Sample } from "./slope.ts";
import { slopePerHour } from "./slope.ts";
import { Tolerance } from "./tolerance.ts";
import { askTruth } from "./truth.ts";
import { watchCount } from "./watch-count.ts";
import { OWN_PORT, SESSION_TIMEOUT_MS, SET, type World } from "./world.ts";

const SETTLE_MS = 2 * SESSION_TIMEOUT_MS;
/** Many times what there is when all is well, and reached within minutes when each fault leaves one behind. */
const MOST = { sockets: 100, timers: 100, watches: 60 } as const;
const SLOPE_COUNTS_FROM_MS = 10 * 60_000;
const MOST_MB_PER_HOUR = 60;

/** Looks at the world once a second and says what is not as it has to be. */
export class Invariants {
  readonly #world: World;
  readonly #ghosts = new Tolerance(SETTLE_MS);
  readonly #missing = new Tolerance(SETTLE_MS);
  readonly #own = new Tolerance(SETTLE_MS);
  readonly #many = new Tolerance(SETTLE_MS);
  readonly #memory: Sample[] = [];
  checks = 0;
  /** Checks in which the truth could be had and our watch was connected. */
  told = 0;
  members = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get megabytesPerHour(): number {
    return slopePerHour(this.#memory) / 2 ** 20;
  }

  async check(elapsedMs: number, atMs: number): Promise<readonly string[]> {
    this.checks += 1;
    this.#memory.push({ atMs, value: process.memoryUsage.rss() });
    return [...(await this.#compare(elapsedMs)), ...(await this.#count(elapsedMs))];
  }

  /** At the end: what only a long run can tell. */
  conclude(lastedMs: number): readonly string[] {
    const slope = this.megabytesPerHour;
    if (lastedMs < SLOPE_COUNTS_FROM_MS || slope < MOST_MB_PER_HOUR) return [];
    return [`memory grows by ${slope.toFixed(0)} MB an hour; at most ${MOST_MB_PER_HOUR} are tolerated`];
  }

  async #compare(elapsedMs: number): Promise<readonly string[]> {
    const { session, operator, follower, announcers } = this.#world;
    const truth = await askTruth(operator, SET);
    if (truth === undefined) return [];
    const ports = [...truth.values()];
    const running = announcers.filter((each) => each.running).map(({ port }) => port);
    const wrongly = (port: number) => ports.filter((each) => each === port).length !== 1;
    const found: string[] = [];
    const own = [OWN_PORT, ...running].filter((port) => port !== OWN_PORT || isConnected()).filter(wrongly);
    for (const port of this.#own.step(own.map(String), elapsedMs)) {
      const count = ports.filter((each) => each === Number(port)).length;
      found.push(`the announcer ${port} has ${count} members instead of one`);
    }
    if (!isConnected()) return found;
    this.told += 1;
    this.members = truth.size;
    const ghosts = [...follower.names].filter((name) => !truth.has(name));
    for (const name of this.#ghosts.step(ghosts, elapsedMs)) found.push(`${name} is shown though it is gone`);
    const missing = [...truth.keys()].filter((name) => !follower.names.has(name));
    for (const name of this.#missing.step(missing, elapsedMs)) found.push(`${name} is there but not shown`);
    return found;

    function isConnected(): boolean {
      return session.current !== undefined;
    }
  }

  async #count(elapsedMs: number): Promise<readonly string[]> {
    const resources = process.getActiveResourcesInfo();
    const watches = await Promise.all(this.#world.zooKeeper.servers.map(({ port }) => watchCount(port)));
    const counts = {
      sockets: resources.filter((each) => each === "TCPSocketWrap").length,
      timers: resources.filter((each) => each === "Timeout").length,
      watches: watches.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    };
    const excess = Object.entries(counts).filter(([what, count]) => count > MOST[what as keyof typeof MOST]);
    const late = this.#many.step(
      excess.map(([what]) => what),
      elapsedMs,
    );
    return late.map((what) => `there are ${counts[what as keyof typeof counts]} ${what}`);
  }
}
