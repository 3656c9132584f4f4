// An executor in small: starts a task, or goes on with the one it finds. Meant to be killed.
import { readFileSync } from "node:fs";
import { systemClock } from "@borealis/clock";
import { taskSchema } from "@borealis/schema";
import { adoptTask, leftTasks, openRunner, startTask, type TaskSnapshot } from "../../src/index.ts";

const [stateDirectory = "", taskId = "", file = ""] = process.argv.slice(2);
const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
const onProblem = (problem: string) => say({ problem });

const runner = await openRunner({ stateDirectory, clock: systemClock, onProblem });
const listener = { onProblem, onChange: (snapshot: TaskSnapshot) => say({ of: task.taskId, snapshot }) };
const left = (await leftTasks(stateDirectory)).some((task) => task.taskId === taskId);
const task = left
  ? await adoptTask(taskId, undefined, runner.context, listener)
  : await startTask(
      {
        taskId,
        task: taskSchema.parse(JSON.parse(readFileSync(file, "utf8"))),
        ports: {},
        user: "nobody",
      },
      runner.context,
      listener,
    );
say({ adopted: left, snapshot: task.snapshot });
process.on("SIGTERM", () => task.kill());
say({ end: await task.ended });
await runner.close();
