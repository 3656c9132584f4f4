import { Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation, type ServingStatusMap } from "grpc-health-check";
import { afterEach } from "vitest";

const servers = new Set<Server>();

afterEach(() => {
  for (const server of servers) server.forceShutdown();
  servers.clear();
});

interface Serving {
  /** Absent: there is no health service. */
  readonly statuses?: ServingStatusMap;
  readonly credentials?: ServerCredentials;
  readonly host?: string;
}

/** A gRPC server, until the end of the test. @returns its port. */
export function serveGrpc({
  statuses,
  credentials = ServerCredentials.createInsecure(),
  host = "127.0.0.1",
}: Serving): Promise<number> {
  const server = new Server();
  servers.add(server);
  if (statuses !== undefined) new HealthImplementation(statuses).addToServer(server);
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:0`, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}
