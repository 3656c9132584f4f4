import { spawn } from "node:child_process";
import { once } from "node:events";
import { SetupError } from "./setup-error.mjs";

/**
 * Runs one step of the setup under a line of its own. The step's output matters only when it fails, and is shown
 * only then.
 */
export async function step(title, program, args, { env = process.env, cwd, advice, deadlineMinutes = 15 }) {
  const started = Date.now();
  process.stderr.write(`${title} … `);
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-20_000);
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), deadlineMinutes * 60_000);
  const end = await once(child, "close").catch((error) => [error.message]);
  clearTimeout(timer);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write(end[0] === 0 ? `${seconds} s\n` : `failed after ${seconds} s\n`);
  if (end[0] === 0) return;
  const how =
    end[1] === "SIGKILL" ? `was stopped after ${deadlineMinutes} minutes` : `ended with ${end[0] ?? end[1]}`;
  throw new SetupError(
    `${output.trimEnd().split("\n").slice(-60).join("\n")}\n\n"${program} ${args.join(" ")}" ${how}. ${advice}`,
  );
}
