import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SetupError } from "./setup-error.mjs";
import { step } from "./step.mjs";

/** Installs what the command needs from Debian, or says what to install. */
export async function ensureHostPackages(command, env) {
  const missing = missingPackages(command, env);
  if (missing.length === 0) return;

  if (process.getuid?.() !== 0 || !inPath("apt-get", env))
    throw new SetupError(whatToInstall(missing, command));
  const options = {
    env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
    advice: whatToInstall(missing, command),
  };
  // Another apt on a machine that has just booted is common, and is done in a minute.
  const apt = ["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"];
  await step("Reading Debian's package lists", "apt-get", [...apt, "update"], options);
  // `zookeeper` is the program alone. `zookeeperd` would also start a service, on the port people expect theirs on.
  const install = [...apt, "install", "-y", "--no-install-recommends", ...missing];
  await step(`Installing ${missing.join(" and ")}`, "apt-get", install, options);

  const still = missingPackages(command, env);
  if (still.length > 0) throw new SetupError(`apt-get succeeded, and yet: ${whatToInstall(still, command)}`);
}

function missingPackages(command, env) {
  const missing = [];
  // Tests and the soak kill and pause their servers, so a shared one will not do.
  const bringsItsOwn = env.BOREALIS_ZK && command !== "test" && command !== "soak";
  if (!bringsItsOwn && !hasZooKeeper(env)) missing.push("zookeeper");
  if (command === "test" && !hasChromium(env)) missing.push("chromium");
  if (command === "test" && !hasKazoo()) missing.push("python3-kazoo");
  return missing;
}

function hasZooKeeper(env) {
  const jars = env.ZOOKEEPER_CLASSPATH || env.ZOOKEEPER_HOME || existsSync("/usr/share/java/zookeeper.jar");
  return Boolean(jars) && Boolean(env.JAVA_HOME || inPath("java", env));
}

function hasChromium(env) {
  return existsSync(env.BOREALIS_CHROMIUM || "/usr/bin/chromium");
}

/** Debian's Python: another one on the PATH does not see Debian's packages. */
function hasKazoo() {
  return spawnSync("/usr/bin/python3", ["-c", "import kazoo"], { stdio: "ignore" }).status === 0;
}

function inPath(program, env) {
  return (env.PATH ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return directory !== "";
    } catch {
      return false;
    }
  });
}

function whatToInstall(missing, command) {
  const name = command === "test" ? "npm test" : `npm run ${command}`;
  const lines = [
    `"${name}" needs ${missing.join(" and ")}. On Debian and Ubuntu:`,
    `  sudo apt-get install --no-install-recommends ${missing.join(" ")}`,
  ];
  if (missing.includes("zookeeper")) {
    lines.push("Elsewhere: install Java and set ZOOKEEPER_HOME to an unpacked Apache ZooKeeper.");
    if (command !== "test" && command !== "soak")
      lines.push("Or set BOREALIS_ZK=host:port to use a ZooKeeper that already runs.");
  }
  if (missing.includes("chromium")) lines.push("Elsewhere: set BOREALIS_CHROMIUM to a Chromium or Chrome.");
  if (missing.includes("python3-kazoo")) lines.push("Elsewhere: install kazoo for /usr/bin/python3.");
  return lines.join("\n");
}
