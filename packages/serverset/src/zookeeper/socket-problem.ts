const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host name can not be resolved now",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "the network is unreachable",
  ECONNRESET: "connection reset",
  ETIMEDOUT: "connection timed out",
};

/** What went wrong with a socket, in words. A host with several addresses fails with the error of each. */
export function socketProblem(error: NodeJS.ErrnoException & { errors?: readonly Error[] }): string {
  const first: NodeJS.ErrnoException = error.errors?.[0] ?? error;
  return WORDS[first.code ?? ""] ?? first.message;
}
