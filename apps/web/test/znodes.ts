import {
  type InstanceRecord,
  instanceRecordPath,
  type JobKey,
  jobRecordPath,
  serverSetPath,
} from "@borealis/schema";
import type { MirrorNode } from "@borealis/serverset";
import { JobsModel } from "../src/features/jobs/model/jobs-model.ts";

export const NOW = 1_800_000_000_000;
export const MINUTE = 60_000;
export const KEY: JobKey = { role: "www-data", environment: "prod", name: "hello" };
export const ID = "www-data/prod/hello";

/** A ZooKeeper of two trees, written by tables; each write reaches the model as a mirror's event would. */
export class Znodes {
  readonly nodes = new Map<string, MirrorNode>();
  readonly model = new JobsModel("/aurora");
  nowMs = NOW;
  readonly #silent: boolean;
  #untold: string[] = [];

  /** @param options.silent collects writes until `tell`, as a mirror does that loads. */
  constructor(options: { silent?: boolean } = {}) {
    this.#silent = options.silent ?? false;
  }

  tell(): void {
    this.model.update(this.#untold, this.nodes, this.nowMs);
    this.#untold = [];
  }

  put(path: string, content: unknown, node: Partial<MirrorNode> = {}): this {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    this.nodes.set(path, {
      data: content instanceof Uint8Array ? content : new TextEncoder().encode(text),
      czxid: 1n,
      mzxid: 1n,
      ephemeralOwner: 0x1000_0001n,
      ctimeMs: this.nowMs - 30 * MINUTE,
      mtimeMs: this.nowMs - 30 * MINUTE,
      ...node,
    });
    this.#untold.push(path);
    if (!this.#silent) this.tell();
    return this;
  }

  remove(path: string): this {
    this.nodes.delete(path);
    this.#untold.push(path);
    if (!this.#silent) this.tell();
    return this;
  }

  job(
    instances: number,
    config: Record<string, unknown> | null = { announce: {}, health_check_config: {} },
  ): this {
    return this.put(jobRecordPath(KEY), { hash: "00", instances, config });
  }

  instance(number: number, over: Partial<InstanceRecord> = {}): this {
    return this.put(instanceRecordPath({ ...KEY, instance: number }), record(number, over));
  }

  member(name: string, over: Record<string, unknown> = {}, node: Partial<MirrorNode> = {}): this {
    return this.put(`${serverSetPath(KEY)}/${name}`, memberJson(name, over), node);
  }

  row(id: string = ID) {
    const row = this.model.view(id)?.row;
    if (row === undefined) throw new Error(`no job ${id}`);
    return row;
  }

  detail(id: string = ID) {
    const detail = this.model.view(id)?.detail;
    if (detail === undefined) throw new Error(`no job ${id}`);
    return detail;
  }

  /** What a person reads, without the ages. */
  reasons(id: string = ID): string[] {
    return this.row(id).attention.map(
      ({ subject, predicate, detail }) => `${subject} ${predicate}${detail ? `: ${detail}` : ""}`,
    );
  }
}

export function record(number: number, over: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    role: KEY.role,
    environment: KEY.environment,
    job: KEY.name,
    instance: number,
    taskId: `task-${number}`,
    mode: "run",
    host: `host-${number}`,
    ports: { http: 31_000 + number },
    taskState: "ACTIVE",
    health: { state: "healthy", since: NOW - 10 * MINUTE, consecutiveFailures: 0 },
    announced: { state: "announced", since: NOW - 10 * MINUTE, member: memberName(number) },
    processes: [{ name: "server", state: "RUNNING", run: 0, pid: 1 }],
    executorUrl: "http://127.0.0.1:1338",
    startedAt: NOW - 20 * MINUTE,
    updatedAt: NOW - 10 * MINUTE,
    ...over,
  };
}

export function memberName(number: number): string {
  return `member_${String(number).padStart(10, "0")}`;
}

function memberJson(name: string, over: Record<string, unknown>) {
  const shard = Number(name.slice("member_".length));
  const serviceEndpoint = { host: `host-${shard}`, port: 31_000 + shard };
  return { serviceEndpoint, additionalEndpoints: {}, status: "ALIVE", shard, ...over };
}
