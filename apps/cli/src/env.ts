import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";

/** The environment, read once. A flag wins over it. */
export const env = {
  zooKeeper: process.env["BOREALIS_ZK"],
  zkSecurity: {
    authConfig: process.env["BOREALIS_ZK_AUTH_CONFIG"] || undefined,
    tls: process.env["BOREALIS_ZK_TLS"] === "1",
    tlsCa: process.env["BOREALIS_ZK_TLS_CA"] || undefined,
    tlsCert: process.env["BOREALIS_ZK_TLS_CERT"] || undefined,
    tlsKey: process.env["BOREALIS_ZK_TLS_KEY"] || undefined,
  },
  serverSetRoot: process.env["BOREALIS_SERVERSET_ROOT"],
  output: process.env["BOREALIS_OUTPUT"],
  debug: process.env["BOREALIS_DEBUG"] === "1",
  apiTokenFile: process.env["BOREALIS_API_TOKEN_FILE"] || undefined,
  hostname: hostname(),
  user: userName(),
  /** Who became root to run this. */
  sudoUser: process.env["SUDO_USER"] || undefined,
  stateDirectory: process.env["BOREALIS_STATE_DIR"] || defaultStateDirectory(),
};

function defaultStateDirectory(): string {
  if (process.getuid?.() === 0) return "/var/lib/borealis";
  return join(process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "borealis");
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}
