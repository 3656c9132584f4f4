/** What ZooKeeper knows of a znode besides its data. */
export interface Stat {
  /** The transactions that created and that last wrote it. */
  readonly czxid: bigint;
  readonly mzxid: bigint;
  /** Milliseconds since the Unix epoch, by the clock of the server that led. */
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  /** Counts writes, from 0. */
  readonly version: number;
  /** The session it goes with; 0n when it is persistent. */
  readonly ephemeralOwner: bigint;
  readonly numChildren: number;
  /** The newest transaction that made or removed a child. */
  readonly pzxid: bigint;
}

export const STAT_BYTES = 68;

export function decodeStat(frame: Buffer, at: number): Stat {
  return {
    czxid: frame.readBigInt64BE(at),
    mzxid: frame.readBigInt64BE(at + 8),
    ctimeMs: Number(frame.readBigInt64BE(at + 16)),
    mtimeMs: Number(frame.readBigInt64BE(at + 24)),
    version: frame.readInt32BE(at + 32),
    ephemeralOwner: frame.readBigInt64BE(at + 44),
    numChildren: frame.readInt32BE(at + 56),
    pzxid: frame.readBigInt64BE(at + 60),
  };
}
