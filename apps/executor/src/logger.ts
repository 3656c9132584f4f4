import { Writable } from "node:stream";
import pino, { type Logger } from "pino";
import pretty from "pino-pretty";
import type { TaskView } from "./task-view.ts";

export type LogFormat = "text" | "json";

/**
 * The executor's own log, on stderr: lines for people on a terminal, JSON for everything else.
 * @param view takes the lines for people where one is drawn on the same terminal.
 */
export function createLogger(format: LogFormat, view?: TaskView): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === "json") return pino(options, pino.destination({ dest: 2, sync: true }));
  const stream = pretty({
    ...(view === undefined ? { destination: 2, sync: true } : { destination: linesTo(view) }),
    colorize: process.stderr.hasColors?.() ?? false,
    ignore: "kind,instance",
    translateTime: "SYS:HH:MM:ss.l",
    messageFormat: "{if instance}{instance} {end}{msg}",
  });
  return pino(options, stream);
}

function linesTo(view: TaskView): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      view.print(String(chunk));
      done();
    },
  });
}
