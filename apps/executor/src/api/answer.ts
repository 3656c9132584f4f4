import type { ServerResponse } from "node:http";

type Headers = Readonly<Record<string, string>>;

/** What is sent back. */
export type Answer =
  | { readonly status: number; readonly json: unknown; readonly headers?: Headers }
  | {
      readonly status: number;
      readonly text: string;
      readonly contentType?: string;
      readonly headers?: Headers;
    };

/** A sentence in JSON, as everything below `/v1` says what is wrong. */
export function problem(status: number, error: string, headers: Headers = {}): Answer {
  return { status, json: { error }, headers };
}

export function send(response: ServerResponse, reply: Answer): void {
  const json = "json" in reply;
  const type = json ? "application/json; charset=utf-8" : reply.contentType;
  response.writeHead(reply.status, {
    "content-type": type ?? "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...reply.headers,
  });
  response.end(json ? JSON.stringify(reply.json) : reply.text);
}
