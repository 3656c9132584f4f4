import { ServerSetError } from "../errors.ts";
import { formatServer, type ServerAddress } from "./servers.ts";
import { socketProblem } from "./socket-problem.ts";
import { isTlsProblem, tlsProblem } from "./tls-problem.ts";

/** How far a connection has come: see channel.ts. */
export type Stage = "reaching" | "securing" | "greeting" | "authenticating" | "open";

export interface Circumstances {
  readonly stage: Stage;
  readonly server: ServerAddress;
  readonly encrypted: boolean;
}

/** The time for opening is over. */
export function deadlinePassed({ stage, server, encrypted }: Circumstances, afterMs: number): ServerSetError {
  const who = formatServer(server);
  const within = `within ${afterMs} ms`;
  const words: Readonly<Record<Stage, string>> = {
    reaching: `${who} could not be reached ${within}`,
    securing: `${who} was reached and did not end the TLS handshake ${within}`,
    greeting: `${who} was reached and did not answer as ZooKeeper ${within}${encrypted ? "" : "; if that is a TLS port, it needs TLS"}`,
    authenticating: `${who} was not told our credentials, or did not answer to them, ${within}`,
    open: `${who} is not open ${within}`,
  };
  return new ServerSetError("CONNECT_TIMEOUT", words[stage]);
}

/** The socket reports an error. */
export function socketFailed({ stage, server }: Circumstances, cause: Error): ServerSetError {
  const who = formatServer(server);
  if (stage === "securing" || (stage !== "open" && isTlsProblem(cause))) {
    return new ServerSetError(
      "TLS_FAILED",
      `can not encrypt the connection to ${who}: ${tlsProblem(cause)}`,
      { cause },
    );
  }
  const reason = isTlsProblem(cause) ? tlsProblem(cause) : socketProblem(cause);
  const code = stage === "open" ? "CONNECTION_LOSS" : "CONNECT_FAILED";
  return new ServerSetError(code, `can not reach ZooKeeper at ${who}: ${reason}`, { cause });
}

/** The server ends the connection in order. */
export function hungUp({ stage, server, encrypted }: Circumstances): ServerSetError {
  const who = formatServer(server);
  switch (stage) {
    case "open":
      return new ServerSetError("CONNECTION_LOSS", `${who} closed the connection`);
    case "securing":
      return socketFailed(
        { stage, server, encrypted },
        Object.assign(new Error("closed"), { code: "ECONNRESET" }),
      );
    case "authenticating":
      return new ServerSetError(
        "AUTH_FAILED",
        `${who} closed the connection instead of taking our credentials`,
      );
    default: {
      const other = encrypted ? "it wants a certificate of ours" : "that is a TLS port";
      const message = `${who} closed the connection before it answered: it does not serve now, or ${other}`;
      return new ServerSetError("CONNECT_FAILED", message);
    }
  }
}
