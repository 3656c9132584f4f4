import { z } from "zod";
import { staticPort } from "./ports.ts";
import { text } from "./values.ts";

/** A name another port name stands for, or a static port number. */
const portTarget = z
  .union([z.string(), z.number()], { error: "must be a port name, or a port number from 0 to 65535" })
  .refine(isNameOrPort, "must be a port name, or a port number from 0 to 65535");

/** Aurora takes "65536" and "-1" as static ports too, and announces what no client can connect to. */
function isNameOrPort(target: string | number): boolean {
  const port = typeof target === "number" ? target : staticPort(target);
  if (port === undefined) return target !== "";
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}

/**
 * Its presence switches announcing on. `primary_port` becomes the member's serviceEndpoint.
 * `portmap` lets one port number be known under several names; giving it replaces the default, `aurora` included.
 */
export const announcerSchema = z
  .strictObject({
    primary_port: text.min(1, "must not be empty").default("http"),
    portmap: z.record(z.string(), portTarget).optional(),
  })
  .transform((announcer) => ({
    ...announcer,
    portmap: announcer.portmap ?? { aurora: announcer.primary_port },
  }));

export type Announcer = z.output<typeof announcerSchema>;
