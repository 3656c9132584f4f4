import { systemClock } from "@borealis/clock";
import { keepTask } from "../../src/keeper/keep-task.ts";
import type { StartRequest } from "../../src/keeper/keeper.ts";
import { openLauncher } from "../../src/keeper/launcher.ts";

/** An executor of its own: takes the task, starts what it was given, tells its parent all news until it is killed. */
const { directory, sandbox, requests } = JSON.parse(process.argv[2] ?? "") as {
  directory: string;
  sandbox: string;
  requests: StartRequest[];
};
const tell = (message: unknown) => process.send?.(message);
const onProblem = (problem: string) => tell({ problem });
const launcher = openLauncher({ clock: systemClock, onProblem });
const options = {
  directory,
  sandbox,
  launcher,
  clock: systemClock,
  onProblem,
  onTaken: () => {},
  onKillRequest: () => {},
};
const keeper = await keepTask({ ...options, onNews: (news) => tell({ news }) });
tell({ launcher: launcher.pid });
for (const request of requests) keeper.start(request);
