import { type HttpHealthChecker, parseStatusRanges, type StatusRange } from "@borealis/schema";
import type { BodyExpectation, HttpProbeOptions } from "./http/http-options.ts";

/**
 * What Aurora's attributes and ours ask for.
 *
 * As in Aurora a body of `ok` wants a 2xx, too, and with an empty `expected_response` any status will do. Unlike there a
 * code beside a body means both of them: Aurora took the body of anything but a 2xx for empty, so that it never passed.
 */
export function httpQuestion(http: HttpHealthChecker, port: number): HttpProbeOptions {
  const { endpoint, scheme, method, headers, follow_redirects, keep_alive, address_family } = http;
  return {
    port,
    path: endpoint.startsWith("/") ? endpoint : `/${endpoint}`,
    ...statusesOf(http),
    body: bodyOf(http),
    ...(scheme === undefined ? {} : { scheme }),
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(headers === undefined ? {} : { headers }),
    ...(follow_redirects === undefined ? {} : { followRedirects: follow_redirects }),
    ...(keep_alive === undefined ? {} : { keepAlive: keep_alive }),
    ...familyOf(address_family),
  };
}

export function familyOf(family: "ipv4" | "ipv6" | undefined): { readonly family?: 4 | 6 } {
  return family === undefined ? {} : { family: family === "ipv4" ? 4 : 6 };
}

/** Nothing where 2xx is asked for, as unless given. */
function statusesOf(http: HttpHealthChecker): { readonly status?: readonly StatusRange[] } {
  const { expected_status, expected_response, expected_response_code: code } = http;
  if (expected_status !== undefined) {
    const parsed = parseStatusRanges(expected_status);
    if ("problem" in parsed) throw new Error(`expected_status ${parsed.problem}`);
    return { status: parsed.ranges };
  }
  if (code !== 0) return { status: [[code, code]] };
  const anyBody = expected_response === "" && http.expected_response_contains === undefined;
  return anyBody && http.expected_response_matches === undefined ? { status: [] } : {};
}

function bodyOf({
  method,
  expected_response: equals,
  expected_response_contains: contains,
  expected_response_matches: matches,
}: HttpHealthChecker): BodyExpectation | null {
  if (matches !== undefined) return { kind: "matches", pattern: new RegExp(matches, "u") };
  if (contains !== undefined) return { kind: "contains", text: contains };
  // The answer to a HEAD has none.
  return equals === "" || method?.toUpperCase() === "HEAD" ? null : { kind: "equals", text: equals };
}
