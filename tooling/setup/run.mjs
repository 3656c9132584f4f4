import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";

// Started from a shell directly, the command may well be meant to outlive it.
const startedByNpm = "npm_lifecycle_event" in process.env;
const SETPRIV = "/usr/bin/setpriv";

/** Runs the program in the foreground and resolves to the exit code this process should have. */
export function run(program, args, env) {
  return new Promise((resolve, reject) => {
    // The kernel sends the child SIGTERM when this process is killed outright and can pass nothing on.
    const command = existsSync(SETPRIV)
      ? [SETPRIV, "--pdeathsig", "TERM", program, ...args]
      : [program, ...args];
    const child = spawn(command[0], command.slice(1), { env, stdio: "inherit" });
    const stopForwarding = forwardSignals(child);
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      stopForwarding();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/**
 * The child decides what a signal means and when it is done; until then this process stays.
 *
 * A terminal's Ctrl-C has reached the child already, and so has not to be passed on. The same SIGINT may come here
 * twice: once from the terminal or a `kill` of the group, and once from npm.
 */
function forwardSignals(child) {
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const interrupt = oncePerSecond(() => {
    if (!onTerminal) child.kill("SIGINT");
  });
  const handlers = {
    SIGINT: interrupt,
    SIGTERM: oncePerSecond(() => child.kill("SIGTERM")),
    SIGHUP: oncePerSecond(() => child.kill("SIGHUP")),
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);

  const stopWatching = startedByNpm ? onParentDeath(() => child.kill("SIGTERM")) : () => {};
  return () => {
    stopWatching();
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
  };
}

// npm killed outright tells nobody, and the command would run on without a terminal to stop it from.
function onParentDeath(action) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    action();
  }, 500);
  return () => clearInterval(watch);
}

function oncePerSecond(action) {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - last < 1_000) return;
    last = performance.now();
    action();
  };
}
