import { connect } from "node:net";

/** `leader`, `follower` or `standalone`; undefined when the server does not say. */
export function serverMode(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ host: "127.0.0.1", port }, () => socket.write("srvr"));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.setEncoding("utf8");
    socket.on("data", (text) => {
      answer += text;
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(/^Mode: (\w+)$/m.exec(answer)?.[1]));
  });
}
