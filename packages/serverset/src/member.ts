import { ServerSetError } from "./errors.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export const MEMBER_STATUSES = ["DEAD", "STARTING", "ALIVE", "STOPPING", "STOPPED", "WARNING"] as const;
export type MemberStatus = (typeof MEMBER_STATUSES)[number] | "UNKNOWN";

/** What a ServerSet member says of itself. Never changes: a change is a new znode. */
export interface MemberSpec {
  readonly serviceEndpoint: Endpoint;
  readonly additionalEndpoints: Readonly<Record<string, Endpoint>>;
  readonly status: (typeof MEMBER_STATUSES)[number];
  /** The instance number. */
  readonly shard?: number;
  /** Whatever else; newer Finagle clients hand it on. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Member extends Omit<MemberSpec, "status"> {
  readonly valid: true;
  /** The znode's name, `member_0000000003`. */
  readonly name: string;
  readonly status: MemberStatus;
  /** Keys that we do not know, as they were written. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Endpoints and other parts that could not be read, in words; the rest of it counts. */
  readonly leftOut?: readonly string[];
}

export interface InvalidMember {
  readonly valid: false;
  readonly name: string;
  /** What is wrong with its bytes, in words. */
  readonly reason: string;
}

export const MEMBER_PREFIX = "member_";

const LARGEST_MEMBER_BYTES = 64 * 1024;
const KNOWN_KEYS = ["serviceEndpoint", "additionalEndpoints", "status", "shard", "metadata"];
/** Readers keep it in 32 bits. */
const DEEPEST_EXTRA = 32;
const LARGEST_SHARD = 2 ** 31 - 1;

/**
 * The bytes of a member: compact JSON that begins with `{"`, as Finagle and Java readers tell it from Thrift,
 * and always has `additionalEndpoints`, without which Python readers fail.
 * @throws ServerSetError INVALID_MEMBER, for what some reader would stumble over.
 */
export function formatMember(member: MemberSpec): Buffer {
  const { serviceEndpoint, additionalEndpoints, status, shard, metadata = {} } = member;
  const described = Object.keys(metadata).length === 0 ? {} : { metadata: checkedMetadata(metadata) };
  const bytes = Buffer.from(
    JSON.stringify({
      serviceEndpoint: checkedEndpoint("serviceEndpoint", serviceEndpoint),
      additionalEndpoints: mapValues(additionalEndpoints, (name, endpoint) =>
        checkedEndpoint(`the endpoint "${name}"`, endpoint),
      ),
      status: MEMBER_STATUSES.includes(status) ? status : refuse(`"${status}" is no status`),
      ...(shard === undefined ? {} : { shard: checkedShard(shard) }),
      ...described,
    }),
  );
  if (bytes.length > LARGEST_MEMBER_BYTES) {
    refuse(`it has ${bytes.length} bytes, and the most are ${LARGEST_MEMBER_BYTES}`);
  }
  return bytes;
}

function checkedEndpoint(what: string, { host, port }: Endpoint): Endpoint {
  if (typeof host !== "string" || !/^[^\s\p{Cc}\p{Cs}]+$/u.test(host)) {
    refuse(`${what} has the host ${JSON.stringify(host)}, and needs one without blanks`);
  }
  if (!isPort(port)) refuse(`${what} has the port ${String(port)}, and needs a whole number 0–65535`);
  return { host, port };
}

function checkedShard(shard: number): number {
  if (Number.isInteger(shard) && shard >= 0 && shard <= LARGEST_SHARD) return shard;
  return refuse(`the shard is ${String(shard)}, and has to be a whole number 0–${LARGEST_SHARD}`);
}

function checkedMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return mapValues(metadata, (key, text) =>
    typeof text === "string" ? text : refuse(`the metadata "${key}" is no text`),
  );
}

function refuse(why: string): never {
  throw new ServerSetError("INVALID_MEMBER", `this can not be a member: ${why}`);
}

/** Reads what Aurora, Finagle, Java and Python write, by the rules of Finagle. Never throws. */
export function parseMember(name: string, data: Uint8Array): Member | InvalidMember {
  const value = readObject(data);
  if (typeof value === "string") return { valid: false, name, reason: value };
  const serviceEndpoint = readEndpoint(value["serviceEndpoint"]);
  if (serviceEndpoint === undefined) {
    return { valid: false, name, reason: "has no serviceEndpoint with a host and a whole-number port" };
  }
  const { additionalEndpoints, leftOut } = readEndpoints(value["additionalEndpoints"] ?? {});
  const { status, shard } = value;
  const metadata = entriesOf(value["metadata"]).filter(isText);
  const unknown = Object.keys(value).filter((key) => !KNOWN_KEYS.includes(key));
  // Whoever prints a set must not stumble over what one member made up.
  const extra = unknown.filter((key) => !isDeeperThan(DEEPEST_EXTRA, value[key]));
  const tooDeep = unknown.filter((key) => !extra.includes(key));
  leftOut.push(...tooDeep.map((key) => `"${key}" is nested deeper than ${DEEPEST_EXTRA} levels`));
  return {
    valid: true,
    name,
    serviceEndpoint,
    additionalEndpoints,
    status: MEMBER_STATUSES.find((known) => known === status) ?? "UNKNOWN",
    ...(typeof shard === "number" && Number.isInteger(shard) ? { shard } : {}),
    ...(metadata.length === 0 ? {} : { metadata: Object.fromEntries(metadata) }),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra.map((key) => [key, value[key]])) }),
    ...(leftOut.length === 0 ? {} : { leftOut }),
  };
}

// One for all: to make a decoder takes longer than to decode a member.
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** @returns the object that the bytes are, or what is wrong with them. */
function readObject(data: Uint8Array): Record<string, unknown> | string {
  if (data.length === 0) return "is empty";
  if (data.length > LARGEST_MEMBER_BYTES) {
    return `has ${data.length} bytes; more than ${LARGEST_MEMBER_BYTES} are not read`;
  }
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(data));
  } catch {
    if (isThrift(data)) return "is in Thrift's encoding, which is not supported";
    return data[0] === 0x7b ? "is not valid JSON" : "is not JSON";
  }
  return isObject(value) ? value : "is not a JSON object";
}

/** A field's type (number, text, struct, map, list) and the first byte of its number, as Thrift's binary protocol has it. */
function isThrift([type = 0, id]: Uint8Array): boolean {
  return id === 0 && [0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x0f].includes(type);
}

function readEndpoints(value: unknown): {
  additionalEndpoints: Record<string, Endpoint>;
  leftOut: string[];
} {
  if (!isObject(value))
    return { additionalEndpoints: {}, leftOut: ["additionalEndpoints are not an object"] };
  const known: [string, Endpoint][] = [];
  const leftOut: string[] = [];
  for (const name of Object.keys(value)) {
    const endpoint = readEndpoint(value[name]);
    if (endpoint === undefined) leftOut.push(`endpoint "${name}" has no host and whole-number port`);
    else known.push([name, endpoint]);
  }
  return { additionalEndpoints: Object.fromEntries(known), leftOut };
}

function readEndpoint(value: unknown): Endpoint | undefined {
  if (!isObject(value)) return undefined;
  const { host, port } = value;
  return typeof host === "string" && host !== "" && isPort(port) ? { host, port } : undefined;
}

function isPort(port: unknown): port is number {
  return typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeperThan(levels - 1, each));
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string";
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  change: (key: string, value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(key, value)]));
}
