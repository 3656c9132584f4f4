import { ask } from "@borealis/private-zookeeper";

/** How many watches the server on this port holds; undefined when it does not answer. */
export async function watchCount(port: number): Promise<number | undefined> {
  const [, count] = /Total watches:(\d+)/.exec((await ask(port, "wchs")) ?? "") ?? [];
  return count === undefined ? undefined : Number(count);
}
