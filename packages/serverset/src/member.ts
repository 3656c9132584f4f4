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
}

export interface Member extends Omit<MemberSpec, "status"> {
  readonly valid: true;
  /** The znode's name, `member_0000000003`. */
  readonly name: string;
  readonly status: MemberStatus;
}

export interface InvalidMember {
  readonly valid: false;
  readonly name: string;
  /** What is wrong with its bytes, in words. */
  readonly reason: string;
}

export const MEMBER_PREFIX = "member_";

/**
 * The bytes of a member: compact JSON that begins with `{"`, as Finagle and Java readers tell it from Thrift,
 * and always has `additionalEndpoints`, without which Python readers fail.
 */
export function formatMember({ serviceEndpoint, additionalEndpoints, status, shard }: MemberSpec): Buffer {
  for (const { host, port } of [serviceEndpoint, ...Object.values(additionalEndpoints)]) {
    if (host === "" || !isPort(port)) {
      throw new RangeError(
        `a member can not have the endpoint "${host}:${port}": it needs a host and a port 0–65535`,
      );
    }
  }
  const shape = { serviceEndpoint, additionalEndpoints, status, ...(shard === undefined ? {} : { shard }) };
  return Buffer.from(JSON.stringify(shape));
}

/** Reads what Aurora, Finagle, Java and Python write; unknown keys are ignored. Never throws. */
export function parseMember(name: string, data: Uint8Array): Member | InvalidMember {
  const invalid = (reason: string): InvalidMember => ({ valid: false, name, reason });
  if (data.length === 0) return invalid("is empty");
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch {
    return invalid(data[0] === 0x7b ? "is not valid JSON" : "is not JSON; it may be Thrift");
  }
  if (!isObject(value)) return invalid("is not a JSON object");
  const serviceEndpoint = readEndpoint(value["serviceEndpoint"]);
  if (serviceEndpoint === undefined)
    return invalid("has no serviceEndpoint with a host and a whole-number port");
  const additional = value["additionalEndpoints"] ?? {};
  if (!isObject(additional)) return invalid("has additionalEndpoints that are not an object");
  const additionalEndpoints: Record<string, Endpoint> = Object.create(null) as Record<string, Endpoint>;
  for (const [port, candidate] of Object.entries(additional)) {
    const endpoint = readEndpoint(candidate);
    if (endpoint === undefined)
      return invalid(`has an endpoint "${port}" without a host and a whole-number port`);
    additionalEndpoints[port] = endpoint;
  }
  const status = MEMBER_STATUSES.find((known) => known === value["status"]) ?? "UNKNOWN";
  const shard = value["shard"];
  const numbered = typeof shard === "number" && Number.isInteger(shard) ? { shard } : {};
  return {
    valid: true,
    name,
    serviceEndpoint,
    additionalEndpoints: { ...additionalEndpoints },
    status,
    ...numbered,
  };
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
