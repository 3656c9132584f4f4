import type { IncomingMessage } from "node:http";
import { type Answer, problem } from "./answer.ts";

const LARGEST_BODY = 16 * 1024;

/**
 * What was sent, as JSON. Nothing else is taken: a form in a page of another site can not send this type, so no page
 * can make a browser on this host change something. How long it may take is the server's `requestTimeout`.
 */
export async function readJson(
  request: IncomingMessage,
): Promise<{ readonly value: unknown } | { readonly refused: Answer }> {
  const type = request.headers["content-type"];
  if (type?.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    const seen = type === undefined ? "none" : `"${type}"`;
    return { refused: problem(415, `content-type must be application/json (saw ${seen})`) };
  }
  if (Number(request.headers["content-length"]) > LARGEST_BODY) return { refused: tooLarge() };
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_BODY) return { refused: tooLarge() };
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    return { value: JSON.parse(text) };
  } catch {
    const seen = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    return { refused: problem(400, `the body is not JSON (saw ${JSON.stringify(seen)})`) };
  }
}

function tooLarge(): Answer {
  // The rest of it is not waited for.
  return problem(413, `the body must not be larger than ${LARGEST_BODY} bytes`, { connection: "close" });
}
