import { z } from "zod";
import { parseStatusRanges } from "./status-ranges.ts";
import { count, flag, object, oneOf, someText, text } from "./values.ts";

const LONGEST_PATTERN = 1_000;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const statuses = text.superRefine((value, context) => {
  const parsed = parseStatusRanges(value);
  if ("problem" in parsed) context.addIssue({ code: "custom", message: parsed.problem });
});

const pattern = someText
  .max(LONGEST_PATTERN, `must not be longer than ${LONGEST_PATTERN} characters`)
  .superRefine((value, context) => {
    try {
      new RegExp(value, "u");
    } catch (error) {
      const message = `must be a regular expression: ${(error as Error).message}`;
      context.addIssue({ code: "custom", message });
    }
  });

const method = text.regex(TOKEN, "must be an HTTP method, as in GET");

const headers = z.record(
  z.string().regex(TOKEN, "must be the name of an HTTP header"),
  // A line break would begin another header.
  text.regex(/^[\t\x20-\x7e\x80-\xff]*$/, "must be one line of Latin characters"),
  { error: "must map names of HTTP headers to text" },
);

const tlsSchema = object(
  "HealthCheckTls",
  "Whom a check trusts, and who it is. Files are read when the instance starts.",
  {
    ca_file: someText.optional().describe("PEM file of the authorities to trust instead of the host's."),
    cert_file: someText.optional().describe("PEM file of our certificate, for a service that asks for one."),
    key_file: someText.optional().describe("PEM file of its key."),
    server_name: someText
      .optional()
      .describe("SNI, and whom the certificate has to be for; `localhost` unless given."),
    verify: flag.optional().describe("`False` trusts any certificate. Unless given, it is verified."),
  },
);

const httpHealthCheckerSchema = object(
  "HttpHealthChecker",
  "What is asked, and what has to be answered.",
  {
    endpoint: text.default("/health").describe("The path that is asked for."),
    expected_response: text
      .default("ok")
      .describe("The answer's body, in any case; empty: any body and status will do."),
    expected_response_code: count
      .default(0)
      .describe("The answer's status; 0: as `expected_response` allows."),
    scheme: oneOf(["http", "https"]).optional().describe("`http` unless given."),
    method: method.optional().describe("`GET` unless given."),
    headers: headers.optional().describe("Sent with it. `Host` replaces `localhost:<port>`."),
    expected_status: statuses
      .optional()
      .describe("`200-299,304`: takes the place of `expected_response_code` and of asking for 2xx."),
    expected_response_contains: someText
      .optional()
      .describe("Somewhere in the body, in any case; takes the place of `expected_response`."),
    expected_response_matches: pattern
      .optional()
      .describe("A regular expression found in the body; takes the place of `expected_response`."),
    follow_redirects: flag
      .optional()
      .describe("To the same host and port, five at most. Unless given, a redirect is an answer."),
    keep_alive: flag.optional().describe("Use one connection again. Unless given, each check opens its own."),
    address_family: oneOf(["ipv4", "ipv6"]).optional().describe("Unless given, 127.0.0.1 and then ::1."),
    tls: tlsSchema.optional().describe("For `https`."),
  },
  ({ scheme, tls }) =>
    tls !== undefined && scheme !== "https" ? 'has tls, which needs scheme "https"' : undefined,
);

const shellHealthCheckerSchema = object(
  "ShellHealthChecker",
  "A command line that exits 0 when all is well.",
  {
    shell_command: someText.describe("Run by `/bin/bash -c` in the sandbox, as the job's user."),
  },
);

const tcpHealthCheckerSchema = object("TcpHealthChecker", "A connection that comes about is healthy.", {
  address_family: oneOf(["ipv4", "ipv6"]).optional().describe("Unless given, 127.0.0.1 and then ::1."),
});

const grpcHealthCheckerSchema = object(
  "GrpcHealthChecker",
  "`grpc.health.v1.Health/Check` answers SERVING.",
  {
    service: text.optional().describe("The service that is asked about; the whole server unless given."),
    address_family: oneOf(["ipv4", "ipv6"]).optional().describe("Unless given, 127.0.0.1 and then ::1."),
    use_tls: flag.optional().describe("Encrypted, as `tls` says. `False` unless given."),
    tls: tlsSchema.optional().describe("For `use_tls`."),
  },
  ({ use_tls, tls }) => (tls !== undefined && use_tls !== true ? "has tls, which needs use_tls" : undefined),
);

const CHOICES = ["shell", "grpc", "tcp"] as const;

/** `http` may stand beside another, as in Aurora, where a shell check won over it. */
export const healthCheckerConfigSchema = object(
  "HealthCheckerConfig",
  "What a health check does.",
  {
    http: httpHealthCheckerSchema
      .optional()
      .describe("Ask over HTTP. Not done when another stands beside it."),
    shell: shellHealthCheckerSchema.optional().describe("Run a command line; needs no port."),
    tcp: tcpHealthCheckerSchema.optional().describe("Connect."),
    grpc: grpcHealthCheckerSchema.optional().describe("Ask over gRPC."),
  },
  (checker) => {
    const chosen = CHOICES.filter((name) => checker[name] !== undefined);
    return chosen.length < 2
      ? undefined
      : `does one thing, and here are ${chosen.join(" and ")}: write several checks with health_checks`;
  },
);
