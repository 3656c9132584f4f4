/** What an encrypted connection needs, as `node:tls` takes it: PEM texts, or one PKCS#12 store. */
export interface TlsOptions {
  /** Authorities to trust instead of the system's. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** Our own certificate and its key, for servers that ask for one (mTLS). */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly pfx?: Buffer;
  readonly passphrase?: string;
  /** The name that the server's certificate must carry; default: the host as it was given. */
  readonly servername?: string;
}

/** Who we are to ZooKeeper. It is told anew on every connection, before the first request. */
export interface AuthInfo {
  readonly scheme: string;
  /** `user:password` for `digest`. A secret: never logged. A function is asked at each connection. */
  readonly credential: string | (() => string | Promise<string>);
}

export const PERMISSIONS = ["read", "write", "create", "delete", "admin"] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** One entry of a znode's access control list. `id` as ZooKeeper stores it: for `digest` with the password hashed. */
export interface Acl {
  readonly scheme: string;
  readonly id: string;
  readonly permissions: readonly Permission[];
}
