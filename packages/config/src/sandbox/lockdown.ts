import dgram from "node:dgram";
import dns from "node:dns";
import module from "node:module";
import net from "node:net";
import os from "node:os";
import traceEvents from "node:trace_events";
import v8 from "node:v8";

/**
 * Takes from this process what Node's permissions leave it: the network, signals to other processes, and the few calls
 * that write files without asking for leave. Called before a configuration's code is there, so that it can not have
 * kept anything.
 */
export function lockDown(): void {
  // All of them: what begins with an underscore opens sockets, too.
  for (const prototype of handlePrototypes())
    refuseAll(prototype, functionsOf(prototype).filter(opens), "network");
  refuseAll(net, functionsOf(net), "network");
  refuseAll(net.Socket.prototype, ["connect"], "network");
  refuseAll(net.Server.prototype, functionsOf(net.Server.prototype), "network");
  refuseAll(dgram, functionsOf(dgram), "network");
  refuseAll(dgram.Socket.prototype, functionsOf(dgram.Socket.prototype), "network");
  refuseAll(dns, functionsOf(dns), "network");
  refuseAll(dns.promises, functionsOf(dns.promises), "network");
  refuseAll(dns.Resolver.prototype, functionsOf(dns.Resolver.prototype), "network");
  refuseAll(dns.promises.Resolver.prototype, functionsOf(dns.promises.Resolver.prototype), "network");
  for (const name of ["fetch", "WebSocket", "EventSource", "XMLHttpRequest"])
    Reflect.deleteProperty(globalThis, name);
  refuseAll(
    process,
    ["kill", "dlopen", "_kill", "_debugProcess", "_linkedBinding", "chdir"],
    "other processes",
  );
  refuseAll(os, ["setPriority"], "other processes");
  refuseAll(traceEvents, ["createTracing"], "files");
  refuseAll(v8, ["setFlagsFromString", "setHeapSnapshotNearHeapLimit", "writeHeapSnapshot"], "files");
  refuseAll(module, ["enableCompileCache"], "files");
  // Otherwise `import { connect } from "node:net"` would still have the one of before.
  module.syncBuiltinESMExports();
}

/**
 * What sockets are made of. That of pipes is had from stdin, which has been read by now: stdout must not be touched, for
 * Node would make it one that refuses what does not fit at once.
 */
function handlePrototypes(): readonly object[] {
  const opened = [
    call(net, "_createServerHandle", "127.0.0.1", 0, 4),
    call(dgram, "_createSocketHandle", null, 0, "udp4"),
  ];
  const handles = [...opened, Reflect.get(process.stdin, "_handle")].filter(isHandle);
  for (const handle of opened.filter(isHandle)) call(handle, "close");
  return [...new Set(handles.map((handle) => Object.getPrototypeOf(handle) as object))];
}

function isHandle(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Not `open`: stdout is made with it, and there is nothing to be had but what the parent gave. */
function opens(name: string): boolean {
  return /^(?:connect|bind|listen|send|addMembership|fchmod)/.test(name);
}

function call(owner: object, name: string, ...args: readonly unknown[]): unknown {
  const member: unknown = Reflect.get(owner, name);
  return typeof member === "function" ? Reflect.apply(member, owner, args) : undefined;
}

function refuseAll(owner: object, names: readonly string[], what: string): void {
  for (const name of names) {
    if (!(name in owner)) continue;
    const refuse = () => {
      throw new Error(
        `a configuration has no access to the ${what === "network" ? what : `${what} of the host`} (${name})`,
      );
    };
    Object.defineProperty(owner, name, { value: refuse, configurable: false, writable: false });
  }
}

function functionsOf(owner: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([name, { value }]) => typeof value === "function" && !/^[A-Z]|^constructor$/.test(name))
    .map(([name]) => name);
}
