import {
  BOREALIS_ROOT,
  executorRecordPath,
  executorRecordSchema,
  instanceRecordPath,
  instanceRecordSchema,
  jobRecordPath,
} from "@borealis/schema";
import { isCode } from "@borealis/serverset";
import { env } from "./env.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import type { HealthOptions } from "./health-command.ts";
import type { HealthTarget } from "./health-target.ts";
import { note } from "./health-text.ts";
import { askZooKeeper } from "./health-zookeeper.ts";

/** Where an executor says that it is. */
interface Whereabouts {
  /** For people: `www-data/prod/hello/0`, or an executor's id. */
  readonly what: string;
  readonly host: string;
  readonly url: string;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The executor of one instance. */
export async function executorOf(
  target: HealthTarget & { readonly kind: "instance" },
  options: HealthOptions,
): Promise<URL> {
  if (options.executor !== undefined) return givenExecutor(options.executor);
  const [found] = await recordsOf(target, options);
  if (found === undefined) {
    throw new CliError(`no executor that ZooKeeper knows of has ${target.name}`, EXIT.negative);
  }
  return onThisHost(found, options);
}

/** Those that may have what is asked about; of a job and of all, only those on this host. */
export async function executorsOf(
  target: HealthTarget | undefined,
  options: HealthOptions,
): Promise<readonly URL[]> {
  if (options.executor !== undefined) return [givenExecutor(options.executor)];
  if (target?.kind === "instance") return [await executorOf(target, options)];
  const all = await recordsOf(target, options);
  if (target !== undefined && all.length === 0) {
    throw new CliError(
      `no executor that ZooKeeper knows of has an instance of ${target.name}`,
      EXIT.negative,
    );
  }
  const here = all.filter(({ host }) => host === options.hostname);
  if (here.length === 0)
    note(`no executor is on ${options.hostname}, which is this host unless --hostname says otherwise`);
  if (target !== undefined) {
    for (const { what, host } of all) if (host !== options.hostname) note(`${what} is on ${host}: ask there`);
  }
  const urls = new Map(here.map((each) => [each.url, onThisHost(each, options)]));
  return [...urls.values()];
}

function givenExecutor(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" && LOOPBACK.test(url.hostname)) return new URL(url.origin);
  const message = `--executor "${text}" must be http://127.0.0.1:<port>: executors listen on loopback only; run this on that host`;
  throw new CliError(message, EXIT.usage);
}

/**
 * What stands in a znode is followed only to this host: anybody may have written it, and a loopback address of another
 * host is something else on ours. Whom the token is shown to there, see listener-owner.ts.
 */
function onThisHost({ what, host, url }: Whereabouts, { hostname }: HealthOptions): URL {
  if (host !== hostname) {
    const message = `${what} is on ${host}, and executors listen on loopback only: run this there (if ${host} is this host, say so with --hostname)`;
    throw new CliError(message, EXIT.failed);
  }
  const parsed = URL.parse(url);
  if (parsed?.protocol === "http:" && LOOPBACK.test(parsed.hostname)) return new URL(parsed.origin);
  const message = `ZooKeeper says that ${what} is at ${url}, which is not on loopback, so it is not asked; run this on that host with --executor http://127.0.0.1:<port>`;
  throw new CliError(message, EXIT.failed);
}

async function recordsOf(
  target: HealthTarget | undefined,
  options: HealthOptions,
): Promise<readonly Whereabouts[]> {
  const zk = options.zk ?? env.zooKeeper;
  if (zk === undefined || zk === "") {
    throw new CliError(
      "which executor? Give --executor URL, or --zk host:port or BOREALIS_ZK to have it looked up",
      EXIT.usage,
    );
  }
  return askZooKeeper({ ...options, zk }, async (connection) => {
    const childrenOf = (path: string) => connection.getChildren(path).catch(noNode([]));
    const read = async (what: string, path: string): Promise<Whereabouts[]> => {
      const data = await connection.getData(path).catch(noNode(undefined));
      return data === undefined ? [] : [whereabouts(what, path, String(data))];
    };
    if (target?.kind === "instance") return read(target.name, instanceRecordPath(target.key));
    if (target === undefined) {
      const ids = await childrenOf(`${BOREALIS_ROOT}/executors`);
      return (
        await Promise.all(ids.sort().map((id) => read(`executor ${id}`, executorRecordPath(id))))
      ).flat();
    }
    const numbers = await childrenOf(`${jobRecordPath(target.key)}/instances`);
    const keys = numbers.map((each) => ({ ...target.key, instance: Number(each) }));
    const sorted = keys
      .filter(({ instance }) => Number.isInteger(instance))
      .sort((a, b) => a.instance - b.instance);
    const found = sorted.map((key) => read(`${target.name}/${key.instance}`, instanceRecordPath(key)));
    return (await Promise.all(found)).flat();
  });
}

function noNode<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (isCode(error, "NO_NODE")) return instead;
    throw error;
  };
}

const instanceSchema = instanceRecordSchema.pick({ host: true, executorUrl: true });
const executorSchema = executorRecordSchema.pick({ host: true, url: true });

function whereabouts(what: string, path: string, text: string): Whereabouts {
  const record = json(text);
  const ofInstance = instanceSchema.safeParse(record).data;
  if (ofInstance !== undefined) return { what, host: ofInstance.host, url: ofInstance.executorUrl };
  const ofExecutor = executorSchema.safeParse(record).data;
  if (ofExecutor !== undefined) return { what, ...ofExecutor };
  throw new CliError(`the record at ${path} can not be read; name the executor with --executor`, EXIT.failed);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
