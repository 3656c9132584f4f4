import { Command } from "commander";
import { agentCommand } from "./executor-agent.ts";
import { gcCommand } from "./executor-gc.ts";
import { inspectCommand } from "./executor-inspect.ts";
import { killCommand } from "./executor-kill.ts";
import { runCommand } from "./executor-run.ts";
import { sidecarCommand } from "./executor-sidecar.ts";
import { simpleRunCommand } from "./executor-simplerun.ts";
import { statusCommand } from "./executor-status.ts";
import { tailCommand } from "./executor-tail.ts";

export function executorCommand(): Command {
  return new Command("executor")
    .description("runs, health-checks and announces instances on this host")
    .helpCommand(false)
    .addCommand(runCommand())
    .addCommand(sidecarCommand())
    .addCommand(agentCommand())
    .addCommand(simpleRunCommand())
    .addCommand(statusCommand())
    .addCommand(tailCommand())
    .addCommand(killCommand())
    .addCommand(inspectCommand())
    .addCommand(gcCommand());
}
