import type { Command } from "commander";
import { configCommand } from "./config-command.ts";
import { bindingOption } from "./task-env-values.ts";

/** `config inspect` where Thermos had it. */
export function inspectCommand(): Command {
  const inspect = configCommand().commands.find((command) => command.name() === "inspect");
  if (inspect === undefined) throw new Error("there is no config inspect");
  return inspect.addOption(bindingOption());
}
