import pino, { type Logger } from "pino";
import pretty from "pino-pretty";

export type LogFormat = "text" | "json";

/** The executor's own log, on stderr: lines for people on a terminal, JSON for everything else. */
export function createLogger(format: LogFormat): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === "json") return pino(options, pino.destination({ dest: 2, sync: true }));
  const stream = pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.hasColors?.() ?? false,
    ignore: "kind,instance",
    translateTime: "SYS:HH:MM:ss.l",
    messageFormat: "{if instance}{instance} {end}{msg}",
  });
  return pino(options, stream);
}
