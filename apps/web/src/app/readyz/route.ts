import { readiness } from "../../features/source/readiness.ts";
import { source } from "../../server/source.ts";

export const dynamic = "force-dynamic";

export function GET(): Response {
  const { ready, sentence } = readiness(source().status);
  return new Response(`${sentence}\n`, { status: ready ? 200 : 503 });
}
