export { ask } from "./four-letter-word.ts";
export { ZooKeeperNotFound } from "./installation.ts";
export {
  type PrivateZooKeeper,
  type StartZooKeeperOptions,
  startZooKeeper,
} from "./private-zookeeper.ts";
export { ZooKeeperDidNotStart, type ZooKeeperServer } from "./server.ts";
