import { formatJobKey, type JobKey } from "@borealis/schema";
import type { MirrorNode } from "@borealis/serverset";
import type { JobNodes } from "./job-nodes.ts";
import type { JobRow } from "./job-row.ts";
import { type JobView, jobView } from "./job-view.ts";
import { isAboveJobs, placeOf } from "./place.ts";

/** What changed after a revision. Rows come whole, so applying a change twice, or two at once, does no harm. */
export interface Changes {
  /** False when too much was forgotten to tell: then `rows` are all rows there are. */
  readonly complete: boolean;
  readonly rows: readonly JobRow[];
  /** Jobs whose page changed although their row did not. */
  readonly touched: readonly string[];
  readonly removed: readonly string[];
}

interface Entry extends JobNodes {
  job: MirrorNode | undefined;
  serverSet: MirrorNode | undefined;
  lossMs: number;
  readonly instances: Map<string, MirrorNode>;
  readonly members: Map<string, MirrorNode>;
  view: JobView | undefined;
  rowText: string;
  rowRevision: number;
  revision: number;
}

const MOST_GONE_REMEMBERED = 1_000;

/**
 * The jobs, put together from znodes. A change of one path computes only its job again. Every change gets a revision,
 * so a reader holds one number however slow it is, and is told once what became of all it missed.
 */
export class JobsModel {
  readonly #serverSetRoot: string;
  readonly #jobs = new Map<string, Entry>();
  readonly #executors = new Set<string>();
  readonly #unreadable = new Map<string, string>();
  readonly #gone = new Map<string, { readonly atMs: number; readonly revision: number }>();
  readonly #reviews = new Map<string, number>();
  #revision = 0;
  #forgottenRevision = 0;

  constructor(serverSetRoot: string) {
    this.#serverSetRoot = serverSetRoot;
  }

  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#jobs.size;
  }

  get executors(): number {
    return this.#executors.size;
  }

  /** Znodes above the jobs that can not be read, with the reason: jobs below them may be missing. */
  get unreadable(): ReadonlyMap<string, string> {
    return this.#unreadable;
  }

  rows(): JobRow[] {
    return [...this.#jobs.values()].flatMap(({ view }) => (view === undefined ? [] : [view.row]));
  }

  view(id: string): JobView | undefined {
    return this.#jobs.get(id)?.view;
  }

  goneSinceMs(id: string): number | undefined {
    return this.#gone.get(id)?.atMs;
  }

  /** @param nodes the mirror the paths are of, as it is now. */
  update(paths: Iterable<string>, nodes: ReadonlyMap<string, MirrorNode>, nowMs: number): void {
    const dirty = new Set<string>();
    for (const path of paths) {
      const place = placeOf(path, this.#serverSetRoot);
      const node = nodes.get(path);
      if (place === undefined) {
        if (node?.unreadable === undefined || !isAboveJobs(path, this.#serverSetRoot))
          this.#unreadable.delete(path);
        else this.#unreadable.set(path, node.unreadable);
        continue;
      }
      if (place.kind === "executor") {
        if (node === undefined) this.#executors.delete(place.name);
        else this.#executors.add(place.name);
        continue;
      }
      const id = formatJobKey(place.key);
      dirty.add(id);
      const entry = this.#jobs.get(id) ?? this.#add(id, place.key);
      if (place.kind === "job") entry.job = node;
      else if (place.kind === "serverset") entry.serverSet = node;
      else put(place.kind === "member" ? entry.members : entry.instances, place.name, node, entry, nowMs);
    }
    this.#revision += 1;
    for (const id of dirty) this.#compute(id, nowMs);
  }

  /** Something that is not a job changed and every reader should look. */
  bump(): void {
    this.#revision += 1;
  }

  /** When time alone will change a job. */
  get nextReviewMs(): number {
    return [...this.#reviews.values()].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  }

  review(nowMs: number): void {
    this.#revision += 1;
    for (const [id, atMs] of [...this.#reviews]) if (atMs <= nowMs) this.#compute(id, nowMs);
  }

  changesSince(revision: number): Changes {
    if (revision < this.#forgottenRevision || revision > this.#revision) {
      return { complete: false, rows: this.rows(), touched: [], removed: [] };
    }
    const rows: JobRow[] = [];
    const touched: string[] = [];
    for (const [id, entry] of this.#jobs) {
      if (entry.view !== undefined && entry.rowRevision > revision) rows.push(entry.view.row);
      else if (entry.revision > revision) touched.push(id);
    }
    const removed = [...this.#gone].flatMap(([id, gone]) => (gone.revision > revision ? [id] : []));
    return { complete: true, rows, touched, removed };
  }

  #add(id: string, key: JobKey): Entry {
    const entry: Entry = {
      key,
      job: undefined,
      serverSet: undefined,
      lossMs: 0,
      instances: new Map(),
      members: new Map(),
      view: undefined,
      rowText: "",
      rowRevision: 0,
      revision: 0,
    };
    this.#jobs.set(id, entry);
    return entry;
  }

  #compute(id: string, nowMs: number): void {
    const entry = this.#jobs.get(id);
    if (entry === undefined) return;
    this.#reviews.delete(id);
    if (!entry.job && !entry.serverSet && entry.instances.size === 0 && entry.members.size === 0) {
      this.#jobs.delete(id);
      if (entry.view !== undefined) this.#rememberGone(id, nowMs);
      return;
    }
    this.#gone.delete(id);
    entry.view = jobView(entry, nowMs);
    entry.revision = this.#revision;
    if (Number.isFinite(entry.view.reviewAtMs)) this.#reviews.set(id, entry.view.reviewAtMs);
    const rowText = JSON.stringify(entry.view.row);
    if (rowText === entry.rowText) return;
    entry.rowText = rowText;
    entry.rowRevision = this.#revision;
  }

  #rememberGone(id: string, atMs: number): void {
    this.#gone.set(id, { atMs, revision: this.#revision });
    const oldest = this.#gone.size > MOST_GONE_REMEMBERED ? this.#gone.entries().next().value : undefined;
    if (oldest === undefined) return;
    this.#gone.delete(oldest[0]);
    this.#forgottenRevision = Math.max(this.#forgottenRevision, oldest[1].revision);
  }
}

function put(
  children: Map<string, MirrorNode>,
  name: string,
  node: MirrorNode | undefined,
  entry: Entry,
  nowMs: number,
): void {
  if (node !== undefined) children.set(name, node);
  else if (children.delete(name)) entry.lossMs = nowMs;
}
