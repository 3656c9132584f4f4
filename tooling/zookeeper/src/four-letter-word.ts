import { connect } from "node:net";

const ANSWER_WITHIN_MS = 1_000;

/** The server's answer, or undefined when nothing answers in time. */
export function ask(port: number, word: "srvr" | "conf" | "ruok" | "wchs"): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ host: "127.0.0.1", port }, () => socket.write(word));
    const timer = setTimeout(() => socket.destroy(), ANSWER_WITHIN_MS);
    socket.setEncoding("utf8");
    socket.on("data", (text) => {
      answer += text;
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer === "" ? undefined : answer);
    });
  });
}

/** True once the server that keeps its data in `dataDir`, and no stranger on the same port, serves clients. */
export async function serves(port: number, dataDir: string): Promise<boolean> {
  const [status, configuration] = await Promise.all([ask(port, "srvr"), ask(port, "conf")]);
  return (
    /^Mode: (standalone|leader|follower)$/m.test(status ?? "") &&
    (configuration ?? "").includes(`dataDir=${dataDir}`)
  );
}
