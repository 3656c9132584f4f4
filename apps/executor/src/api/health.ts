import type { IncomingMessage } from "node:http";
import type { HealthService, InstanceHealth } from "@borealis/healthcheck";
import { historyPageSchema, identifier, snoozeRequestSchema } from "@borealis/schema";
import { type Answer, problem } from "./answer.ts";
import { refusal } from "./authorization.ts";
import { readJson } from "./json-body.ts";
import { readBody, readQuery } from "./read-with.ts";

/**
 * `GET`s ask for no token: nobody but this host reaches us. So every user of it may see what checks found, 4 KB of a body
 * or of what a command wrote included; docs/health-checks.md says so.
 */
const READ = ["GET", "HEAD"] as const;
const CHANGE = ["PUT", "DELETE"] as const;

/** `/v1/health/<role>/<environment>/<job>/<instance>/…` */
const INSTANCE_PARTS = 4;

export interface HealthRequest {
  readonly request: IncomingMessage;
  /** What comes after `/v1/health`, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly health: HealthService;
  readonly token: string;
}

/** Health checks: what they found, what they find, and to hold them still for a while. */
export async function answerHealth(asked: HealthRequest): Promise<Answer> {
  const { parts, health, request } = asked;
  const bad = parts.find((part) => !identifier.safeParse(part).success);
  if (bad !== undefined) {
    const why = identifier.safeParse(bad).error?.issues[0]?.message;
    return problem(400, `${JSON.stringify(bad)} in the path ${why}`);
  }
  const [first, last] = parts.slice(INSTANCE_PARTS);
  const changes = parts.length === INSTANCE_PARTS + 1 && first === "snooze";
  const allowed: readonly string[] = changes ? CHANGE : READ;
  if (!isPlace(parts, changes, last)) return problem(404, NOT_HERE);
  if (!allowed.includes(request.method ?? "")) {
    const message = `${request.method} does nothing here; there is ${allowed.join(" and ")}`;
    return problem(405, message, { allow: allowed.join(", ") });
  }
  const refused = changes ? refusal(request.headers.authorization, asked.token) : undefined;
  if (refused !== undefined) return refused;
  if (parts.length === 0) return { status: 200, json: health.instances.flatMap(({ checks }) => checks) };
  const name = parts.slice(0, INSTANCE_PARTS).join("/");
  const instance = health.find(name);
  if (instance === undefined) {
    return problem(404, `this executor checks no instance ${name}; GET /v1/health has all that it checks`);
  }
  if (changes)
    return request.method === "PUT" ? await snooze(asked, instance) : await endSnooze(asked, instance);
  return last === undefined || first === undefined
    ? { status: 200, json: instance.checks }
    : history(asked, instance, first, last);
}

const NOT_HERE =
  "not here; there are GET /v1/health, GET /v1/health/<role>/<environment>/<job>/<instance>, below that GET <check>/results and <check>/transitions, PUT and DELETE snooze";

function isPlace(parts: readonly string[], changes: boolean, last: string | undefined): boolean {
  if (parts.length === 0 || parts.length === INSTANCE_PARTS || changes) return true;
  return parts.length === INSTANCE_PARTS + 2 && (last === "results" || last === "transitions");
}

const nothingSchema = snoozeRequestSchema.pick({});
const endSnoozeSchema = snoozeRequestSchema.pick({ check: true, author: true });
const pageSchema = historyPageSchema.strict();

async function snooze({ request, query, health }: HealthRequest, instance: InstanceHealth): Promise<Answer> {
  const none = readQuery(nothingSchema, query);
  if ("refused" in none) return none.refused;
  const body = await readJson(request);
  if ("refused" in body) return body.refused;
  const read = readBody(snoozeRequestSchema, body.value);
  if ("refused" in read) return read.refused;
  const checks = instance.snooze(read.value);
  await health.settled();
  return found(checks, instance, read.value.check);
}

async function endSnooze({ query, health }: HealthRequest, instance: InstanceHealth): Promise<Answer> {
  const read = readQuery(endSnoozeSchema, query);
  if ("refused" in read) return read.refused;
  const { check, author } = read.value;
  const checks = instance.endSnooze(check, author);
  await health.settled();
  return found(checks, instance, check);
}

function history({ query }: HealthRequest, instance: InstanceHealth, check: string, what: string): Answer {
  const read = readQuery(pageSchema, query);
  if ("refused" in read) return read.refused;
  const { limit, before } = read.value;
  const page = before === undefined ? { limit } : { limit, before };
  const list = what === "results" ? instance.results(check, page) : instance.transitions(check, page);
  return found(list, instance, check);
}

function found(json: unknown, { instance, checks }: InstanceHealth, check: string | undefined): Answer {
  if (json !== undefined) return { status: 200, json };
  const there = checks.map(({ name }) => name).join(", ");
  return problem(404, `${instance} has no check ${check ?? "at all"}; there are ${there || "none"}`);
}
