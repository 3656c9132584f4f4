import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Apache ZooKeeper and the Java that runs it, as found on this machine. */
export interface Installation {
  readonly java: string;
  readonly classPath: string;
}

export class ZooKeeperNotFound extends Error {
  constructor(what: string) {
    super(
      `${what}. Install Apache ZooKeeper and Java ("sudo apt-get install zookeeper" on Debian and Ubuntu), ` +
        "or set ZOOKEEPER_HOME to an unpacked Apache ZooKeeper, or set BOREALIS_ZK=host:port to use a ZooKeeper " +
        "that already runs.",
    );
    this.name = "ZooKeeperNotFound";
  }
}

// Its manifest names every other jar it needs except a logger; without one a failed start leaves no reason behind.
const DEBIAN_JAR = "/usr/share/java/zookeeper.jar";
const DEBIAN_LOGGER = "/usr/share/java/slf4j-simple.jar";
// What Netty needs besides, for a server that speaks TLS.
const DEBIAN_NETTY = ["codec", "resolver", "transport-native-unix-common"].map(
  (part) => `/usr/share/java/netty-${part}.jar`,
);

export function findInstallation(env: NodeJS.ProcessEnv): Installation {
  return { java: findJava(env), classPath: findClassPath(env) };
}

function findClassPath(env: NodeJS.ProcessEnv): string {
  const { ZOOKEEPER_CLASSPATH: classPath, ZOOKEEPER_HOME: home } = env;
  if (classPath) return classPath;
  if (home) return join(jarDirectory(home), "*");
  if (existsSync(DEBIAN_JAR)) return [DEBIAN_JAR, DEBIAN_LOGGER, ...DEBIAN_NETTY].join(delimiter);
  throw new ZooKeeperNotFound(`Apache ZooKeeper was not found: there is no ${DEBIAN_JAR}`);
}

// A home that was named and is wrong is an error: quietly running another ZooKeeper would test the wrong one.
function jarDirectory(home: string): string {
  const lib = join(home, "lib");
  if (existsSync(lib) && readdirSync(lib).some((name) => /^zookeeper-\d.*\.jar$/.test(name))) return lib;
  throw new ZooKeeperNotFound(`ZOOKEEPER_HOME is ${home}, but ${lib} holds no zookeeper-<version>.jar`);
}

function findJava(env: NodeJS.ProcessEnv): string {
  const { JAVA_HOME: home, PATH: path } = env;
  if (home) {
    const java = join(home, "bin", "java");
    if (isExecutable(java)) return java;
    throw new ZooKeeperNotFound(`JAVA_HOME is ${home}, but ${java} cannot be executed`);
  }
  const java = (path ?? "")
    .split(delimiter)
    .filter(Boolean)
    .map((directory) => join(directory, "java"))
    .find(isExecutable);
  if (java) return java;
  throw new ZooKeeperNotFound("Java was not found: PATH holds no java and JAVA_HOME is not set");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
