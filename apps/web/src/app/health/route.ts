export const dynamic = "force-dynamic";

/** What Borealis' own health checks ask for: `ok` and nothing else. */
export function GET(): Response {
  return new Response("ok");
}
