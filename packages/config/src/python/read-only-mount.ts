import type { PyodideAPI } from "pyodide";

const EROFS = 69;
const EACCES = 2;
const ACCESS_MODE = 3;

type Operation = (...args: unknown[]) => unknown;
type Operations = Record<string, Operation>;

/**
 * Shows a directory of the host to Python at the path that it has there, for reading. Links are followed inside of
 * what is mounted only: one that leads out of it leads to nothing. Node's permissions would refuse to write, too, but
 * in a way that Emscripten takes for success.
 */
export function mountReadOnly(pyodide: PyodideAPI, directory: string, at: string): void {
  const { FS } = pyodide;
  const kind = FS.filesystems.NODEFS as { node_ops: Operations; stream_ops: Operations };
  const refused = (code: number) => new FS.ErrnoError(code);
  const refuse: Operation = () => {
    throw refused(EROFS);
  };
  for (const name of ["setattr", "mknod", "rename", "unlink", "rmdir", "symlink"])
    kind.node_ops[name] = refuse;
  for (const name of ["setattr", "write", "msync"]) kind.stream_ops[name] = refuse;
  const open = kind.stream_ops["open"];
  kind.stream_ops["open"] = (stream) => {
    if (((stream as { flags: number }).flags & ACCESS_MODE) !== 0) throw refused(EROFS);
    return open?.(stream);
  };
  for (const operations of [kind.node_ops, kind.stream_ops]) {
    for (const [name, operation] of Object.entries(operations)) {
      operations[name] = (...args) =>
        asPosix(
          () => operation(...args),
          () => refused(EACCES),
        );
    }
  }
  FS.mkdirTree(at);
  FS.mount(FS.filesystems.NODEFS, { root: directory }, at);
}

/** What Node refuses for reasons of its own has no errno, and an error without one ends the whole interpreter. */
function asPosix(operation: () => unknown, refused: () => Error): unknown {
  try {
    return operation();
  } catch (error) {
    if (typeof (error as { errno?: unknown }).errno === "number") throw error;
    throw refused();
  }
}
