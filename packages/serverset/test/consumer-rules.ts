/** What each reader demands of a member's bytes, after its source code; undefined when it takes them. */
export const CONSUMER_RULES: Readonly<Record<string, (bytes: Buffer) => string | undefined>> = {
  "the Finagle of today": (bytes) => {
    const member = JSON.parse(bytes.toString()) as Record<string, unknown>;
    const endpoints = [member["serviceEndpoint"], ...Object.values(asObject(member["additionalEndpoints"]))];
    if (endpoints.some((endpoint) => !hasHostAndPort(endpoint))) return "an endpoint would be left out";
    return member["status"] === "ALIVE" ? undefined : "it would get no traffic";
  },
  "Twitter commons for Java": (bytes) => {
    if (bytes[0] !== 0x7b || bytes[1] !== 0x22) return "it would be read as Thrift";
    const member = JSON.parse(bytes.toString()) as Record<string, unknown>;
    return isObject(member["additionalEndpoints"]) ? undefined : "NullPointerException";
  },
  "Twitter commons for Python": (bytes) => {
    const member = JSON.parse(bytes.toString()) as Record<string, unknown>;
    for (const key of ["serviceEndpoint", "additionalEndpoints", "status"]) {
      if (!(key in member)) return `KeyError: ${key}`;
    }
    const shard = member["shard"];
    return shard === undefined || Number.isInteger(shard) ? undefined : "the shard is no int";
  },
  Prometheus: (bytes) => {
    const member = JSON.parse(bytes.toString()) as Record<string, unknown>;
    const endpoints = [member["serviceEndpoint"], ...Object.values(asObject(member["additionalEndpoints"]))];
    if (endpoints.some((endpoint) => !hasHostAndPort(endpoint))) return "the target would be dropped";
    return typeof member["status"] === "string" ? undefined : "the status is no string";
  },
};

function hasHostAndPort(endpoint: unknown): boolean {
  if (!isObject(endpoint)) return false;
  const { host, port } = endpoint;
  return typeof host === "string" && host !== "" && Number.isInteger(port);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
