/** Next calls this once when the server starts: the session is opened here, not by the first visitor. */
export async function register(): Promise<void> {
  // The bundler puts in the value and drops the branch from what it builds for runtimes without sockets.
  // biome-ignore lint/style/noProcessEnv: not the environment, but the word the bundler looks for
  if (process.env["NEXT_RUNTIME"] === "nodejs") {
    const { start } = await import("./server/start.ts");
    start();
  }
}
