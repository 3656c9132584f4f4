import { createServer } from "node:http";
import { parseArgs } from "node:util";

/**
 * A small HTTP service for the demo. GET /health answers `ok`, or 503 after POST /break until POST /mend. POST
 * /quitquitquit ends it.
 * With --flap it breaks and mends itself, --healthy and --failing giving the seconds of each.
 */
const { values } = parseArgs({
  options: {
    port: { type: "string" },
    name: { type: "string", default: "service" },
    flap: { type: "boolean", default: false },
    healthy: { type: "string", default: "12" },
    failing: { type: "string", default: "6" },
  },
});

let healthy = true;

const server = createServer((request, response) => {
  const action = `${request.method} ${request.url}`;
  // Asked to stop before anybody sends a signal: what is being answered is answered, and then it goes.
  if (action === "POST /quitquitquit") {
    response.end("bye\n");
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    return;
  }
  if (action === "POST /break") healthy = false;
  if (action === "POST /mend") healthy = true;
  const isHealth = request.url === "/health";
  response.statusCode = isHealth && !healthy ? 503 : 200;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(
    isHealth ? (healthy ? "ok" : "broken on purpose") : `${values.name} is ${healthy ? "well" : "broken"}\n`,
  );
});
server.listen(Number(values.port), "127.0.0.1");

function flap(): void {
  const seconds = Number(healthy ? values.healthy : values.failing);
  setTimeout(() => {
    healthy = !healthy;
    flap();
  }, seconds * 1000);
}
if (values.flap) flap();

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
