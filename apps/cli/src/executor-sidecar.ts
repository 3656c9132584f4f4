import { Command } from "commander";
import { common, type InstanceOptions, instance, templatesOf } from "./executor-options.ts";
import { settingsOf } from "./executor-settings.ts";
import { collectAlias, secondsAbove, wholeNumber } from "./values.ts";

interface SidecarOptions extends InstanceOptions {
  readonly config?: string;
  readonly primaryPort?: string;
  readonly portmap?: Record<string, string>;
  readonly initialIntervalSecs?: number;
  readonly intervalSecs?: number;
  readonly timeoutSecs?: number;
  readonly maxConsecutiveFailures?: number;
}

export function sidecarCommand(): Command {
  const command = new Command("sidecar")
    .description("health-check and announce a service that something else runs")
    .argument("[job]", "role/environment/name the service is announced as")
    .option(
      "--config <file>",
      "the job's configuration: .aurora, .ts, .js or .json; replaces the options below",
    )
    .option("--primary-port <name>", "which port is announced (default: http, else the first given)")
    .option(
      "--portmap <alias:name>",
      "another name for a port, may be repeated; health:http turns checks on",
      collectAlias,
    )
    .option("--initial-interval-secs <s>", "wait before the first check (default: 15)", secondsAbove(0, true))
    .option("--interval-secs <s>", "time from one check to the next (default: 10)", secondsAbove(0, false))
    .option("--timeout-secs <s>", "time a check may take (default: 1)", secondsAbove(0, false))
    .option(
      "--max-consecutive-failures <n>",
      "failures in a row that are forgiven (default: 0)",
      wholeNumber(0),
    )
    .addHelpText(
      "after",
      `
Checked is what has a port named health: give it with -P health:<port> or --portmap health:http.
GET /health must answer 2xx and "ok" within the time. Without such a port the service is announced at once.`,
    );
  return common(instance(command)).action(async (job: string | undefined, options: SidecarOptions) => {
    const settings = await settingsOf(options, "own");
    const { sidecar } = await import("@borealis/executor");
    const health = Object.entries({
      initial_interval_secs: options.initialIntervalSecs,
      interval_secs: options.intervalSecs,
      timeout_secs: options.timeoutSecs,
      max_consecutive_failures: options.maxConsecutiveFailures,
    }).filter((entry): entry is [string, number] => entry[1] !== undefined);
    process.exitCode = await sidecar(
      {
        job,
        file: options.config,
        ...(await templatesOf(options)),
        instance: options.instance,
        ports: options.port ?? {},
        primaryPort: options.primaryPort,
        portmap: options.portmap,
        health: Object.fromEntries(health),
      },
      settings,
      options.log,
    );
  });
}
