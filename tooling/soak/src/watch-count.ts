import { connect } from "node:net";

const ANSWER_WITHIN_MS = 500;

/** How many watches the server on this port holds; undefined when it does not answer. */
export function watchCount(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ host: "127.0.0.1", port }, () => socket.write("wchs"));
    const timer = setTimeout(() => socket.destroy(), ANSWER_WITHIN_MS);
    socket.setEncoding("utf8");
    socket.on("data", (text) => {
      answer += text;
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(timer);
      const [, count] = /Total watches:(\d+)/.exec(answer) ?? [];
      resolve(count === undefined ? undefined : Number(count));
    });
  });
}
