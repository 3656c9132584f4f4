import { Command } from "commander";
import { configCommand } from "./config-command.ts";
import { env } from "./env.ts";
import { executorCommand } from "./executor-command.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError, describeFailure, useOurExitCodes } from "./fail.ts";
import { healthCommand } from "./health-command.ts";
import { serverSetCommand } from "./serverset-command.ts";
import { printable } from "./table.ts";
import { VERSION } from "./version.ts";

const program = new Command("borealis")
  .description("Runs, checks and announces services in ZooKeeper ServerSets, and reads those sets.")
  .version(VERSION, "-V, --version", "print the version")
  .helpOption("-h, --help", "show this help")
  .helpCommand(false)
  .addCommand(executorCommand())
  .addCommand(serverSetCommand())
  .addCommand(healthCommand())
  .addCommand(configCommand())
  .addHelpText(
    "after",
    `
Environment:
  BOREALIS_ZK              ZooKeeper as host:port, several separated by commas; --zk wins
  BOREALIS_ZK_AUTH_CONFIG, BOREALIS_ZK_TLS, …_TLS_CA, …_TLS_CERT, …_TLS_KEY
                           credentials and TLS for ZooKeeper; the --zk-… flags win
  BOREALIS_SERVERSET_ROOT  where ServerSets live (default /aurora); --root wins
  BOREALIS_OUTPUT          table, json or ndjson; -o wins
  BOREALIS_STATE_DIR       where tasks, sandboxes and the API's token live; --state-dir wins
  BOREALIS_API_TOKEN_FILE  the token itself, for health snooze and unsnooze; --state-dir wins
  BOREALIS_DEBUG=1         adds the stack to an unexpected error

Exit codes:
  0 ok   1 negative answer   2 wrong usage   3 bad configuration   4 failed
  7 ZooKeeper or network   9 deadline passed   30 not permitted   130 interrupted

Examples:
  borealis executor run hello.json --instance 0 -P http:8080 --zk localhost:2181
  borealis executor sidecar www-data/prod/hello -P http:8080 -P health:8080
  borealis executor status -v
  borealis executor tail www-data/prod/hello/0
  borealis serverset ls
  borealis serverset watch www-data/prod/hello
  borealis health ls www-data/prod/hello
  borealis health snooze www-data/prod/hello/0 --for 30m --reason "new disk"
  borealis config validate hello.aurora
  borealis config inspect hello.aurora hello --instance 0 -P http:8080`,
  );
useOurExitCodes(program);

// A reader that has seen enough (`borealis serverset ls | head -1`) closes the pipe: that is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  process.stderr.write(`borealis: can not write what was found: ${error.message}\n`);
  process.exit(EXIT.failed);
});

try {
  await program.parseAsync();
} catch (error) {
  const { message, exitCode } = describeFailure(error);
  // What is quoted in it may come from a znode that anybody wrote.
  if (message !== "")
    process.stderr.write(
      message
        .split("\n")
        .map((line) => `borealis: ${printable(line)}\n`)
        .join(""),
    );
  if (env.debug && !(error instanceof CliError)) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = exitCode;
}
