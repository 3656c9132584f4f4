/** A process that holds a private ZooKeeper and prints where it is, for a test to kill. */
import { startZooKeeper } from "../src/index.ts";

const zooKeeper = await startZooKeeper({ servers: process.argv[2] === "3" ? 3 : 1 });
const pids = zooKeeper.servers.map((server) => server.pid);
console.log(JSON.stringify({ pids, ports: zooKeeper.servers.map((server) => server.port) }));
