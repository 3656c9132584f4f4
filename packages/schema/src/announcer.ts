import { z } from "zod";
import { staticPort } from "./ports.ts";
import { object, someText } from "./values.ts";

const TARGET = "must be a port name, or a port number from 0 to 65535";

/** A name another port name stands for, or a static port number. */
const portTarget = z.union([z.string(), z.number()], { error: TARGET }).refine(isNameOrPort, {
  error: TARGET,
  params: { rule: "ports" },
});

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
export const announcerSchema = object("Announcer", "How an instance is announced in its ServerSet.", {
  primary_port: someText.default("http").describe("The port of the member's serviceEndpoint."),
  portmap: z
    .record(z.string(), portTarget, { error: "must map port names to port names or numbers" })
    .optional()
    .meta({
      description: "Other names for ports; giving it replaces the default, `aurora` included.",
      templateDefault: { aurora: "{{primary_port}}" },
    }),
  zk_path: someText
    .optional()
    .describe("Takes the place of the whole path, where the executor allows it; refused elsewhere."),
}).transform((announcer) => ({
  ...announcer,
  portmap: announcer.portmap ?? { aurora: announcer.primary_port },
}));

export type Announcer = z.output<typeof announcerSchema>;
