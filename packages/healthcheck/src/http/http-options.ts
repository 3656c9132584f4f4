import type { StatusRange } from "@borealis/schema";

/** What a body has to be like. Texts are compared without blanks at the ends and, unless told otherwise, in any case. */
export type BodyExpectation =
  | { readonly kind: "equals"; readonly text: string }
  | { readonly kind: "contains"; readonly text: string }
  | { readonly kind: "matches"; readonly pattern: RegExp };

export interface TlsProbeOptions {
  /** PEM; whom to trust instead of the host's authorities. */
  readonly ca?: string;
  /** PEM; who we are. */
  readonly cert?: string;
  readonly key?: string;
  /** SNI, and the name that the certificate has to be for. Default: `host` when it is a name, else localhost. */
  readonly serverName?: string;
  /** Default true. False trusts anybody: for a service whose certificate is its own. */
  readonly verify?: boolean;
}

/** Which question, and which answer is healthy. */
export interface HttpProbeOptions {
  readonly port: number;
  /** Default http. */
  readonly scheme?: "http" | "https";
  /** Which address of this host. Default: 127.0.0.1 and, when nothing listens there, ::1. */
  readonly family?: 4 | 6;
  /** Default GET. */
  readonly method?: string;
  /** Default /health. */
  readonly path?: string;
  /** Sent as they are. `host` replaces `localhost:<port>`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: 200 to 299. An empty list accepts any. */
  readonly status?: readonly StatusRange[];
  /** Default: equals `ok`. `null`: the body is not looked at. */
  readonly body?: BodyExpectation | null;
  /** Redirects to the same host and port are followed, five at most. Default false: a redirect is an answer. */
  readonly followRedirects?: boolean;
  /** The connection is used again for the next check. Default false: a check shows that the service takes connections. */
  readonly keepAlive?: boolean;
  readonly tls?: TlsProbeOptions;
}
