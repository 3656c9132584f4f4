import zooKeeper from "node-zookeeper-client";

/** The client library as it comes, with nothing of ours: what an independent watcher and the floor are made of. */
export interface RawClient {
  create(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Resolves with the time (`performance.now`) at which the deletion of the znode was notified. */
  deletionOf(path: string): Promise<{ armed: Promise<void>; seenAt: Promise<number> }>;
  children(path: string): Promise<string[]>;
  close(): void;
}

export async function connectRaw(connectString: string): Promise<RawClient> {
  const client = zooKeeper.createClient(connectString, {
    sessionTimeout: 10_000,
    spinDelay: 100,
    retries: 0,
  });
  await new Promise<void>((resolve) => {
    client.once("connected", resolve);
    client.connect();
  });
  const call = <T>(send: (done: (error: Error | null, value: T) => void) => void) =>
    new Promise<T>((resolve, reject) => send((error, value) => (error ? reject(error) : resolve(value))));
  return {
    create: async (path) =>
      void (await call<string>((done) => client.create(path, Buffer.from("{}"), done as never))),
    remove: (path) => call<void>((done) => client.remove(path, done as never)),
    deletionOf: async (path) => {
      const seen = Promise.withResolvers<number>();
      const armed = call<unknown>((done) =>
        client.exists(
          path,
          ({ type }) => {
            if (type === zooKeeper.Event.NODE_DELETED) seen.resolve(performance.now());
          },
          done as never,
        ),
      );
      return { armed: armed.then(() => {}), seenAt: seen.promise };
    },
    children: (path) => call<string[]>((done) => client.getChildren(path, done as never)),
    close: () => client.close(),
  };
}
