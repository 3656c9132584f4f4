import { HttpConnection } from "./http-connection.ts";

/** Lends connections to checks that do not keep theirs. One for all HTTP checks of a process. */
export interface SharedHttp {
  borrow(): HttpConnection;
  /** One without a socket. */
  giveBack(connection: HttpConnection): void;
  /** After the last check has settled. */
  close(): void;
}

export function createSharedHttp(): SharedHttp {
  // The latest first: what was used a moment ago is still in the processor's cache.
  const idle: HttpConnection[] = [];
  return {
    borrow: () => idle.pop() ?? new HttpConnection(),
    giveBack: (connection) => void idle.push(connection),
    close() {
      for (const connection of idle.splice(0)) connection.close();
    },
  };
}
