import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, runBatch } from "./batch.ts";

let parent: string;
let directory: string;
let server: Server;
let connections = 0;
const answers = new Map<string, Answer>();

const REFUSED: Record<string, string> = {
  "JavaScript's globals": "import js",
  "Pyodide's own module": "import pyodide_js",
  "Pyodide's way to run JavaScript": "import pyodide.code\npyodide.code.run_js('1')",
  "Pyodide's core": "import _pyodide_core",
  ctypes: "import ctypes",
  "the garbage collector's list of all objects": "import gc\ngc.get_objects()",
  "code for JavaScript by way of the bridge": `
call = Process.__init__.__globals__['Object']._over_bridge.__globals__['call']
call.constructor.constructor('return process')()
`,
  "a process, by os.system": "import os\nos.system('touch owned')",
  "a process, by subprocess": "import subprocess\nsubprocess.run(['touch', 'owned'])",
  "a process, by fork": "import os\nos.fork()",
  "a process, by exec": "import os\nos.execv('/bin/sh', ['sh'])",
  "another process's end": "import os\nos.kill(os.getppid(), 9)",
  "a socket": "import socket\nsocket.create_connection(('127.0.0.1', PORT))",
  "a page": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:PORT/')",
  "a file of the host": "open('/etc/passwd')",
  "the host's processes": "open('/proc/1/environ')",
  "a file outside, by ..": "open('../outside.txt')",
  "a file outside, by a link": "open('link.txt')",
  "a file outside, by a linked directory": "open('up/outside.txt')",
  "a file outside, by a relative link": "open('relative.txt')",
  "a new file": "open('new.txt', 'w').write('x')",
  "a file's end": "open('inside.txt', 'a').write('x')",
  "a file to be changed in place": "open('inside.txt', 'r+').write('x')",
  "a file to be removed": "import os\nos.remove('inside.txt')",
  "a file to be renamed": "import os\nos.rename('inside.txt', 'other.txt')",
  "a file's mode": "import os\nos.chmod('inside.txt', 0)",
  "a file's times": "import os\nos.utime('inside.txt', (0, 0))",
  "a file to be cut": "import os\nos.truncate('inside.txt', 0)",
  "a directory": "import os\nos.mkdir('new')",
  "a link": "import os\nos.symlink('/etc/passwd', 'new')",
};

const ALLOWED: Record<string, string> = {
  "a file beside the configuration": "assert open('inside.txt').read() == 'inside'",
  "a file beside it, by its whole path":
    "import os\nassert open(os.path.abspath('inside.txt')).read() == 'inside'",
  "a link that stays inside": "assert open('good.txt').read() == 'inside'",
  "a list of the files beside it": "import os\nassert 'inside.txt' in os.listdir('.')",
  "files of its own, in memory":
    "open('/tmp/own.txt', 'w').write('x')\nassert open('/tmp/own.txt').read() == 'x'",
};

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), "borealis-escape-"));
  directory = join(parent, "inside");
  mkdirSync(directory);
  writeFileSync(join(parent, "outside.txt"), "outside");
  writeFileSync(join(directory, "inside.txt"), "inside");
  symlinkSync(join(parent, "outside.txt"), join(directory, "link.txt"));
  symlinkSync("../outside.txt", join(directory, "relative.txt"));
  symlinkSync("inside.txt", join(directory, "good.txt"));
  symlinkSync(parent, join(directory, "up"));
  server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const cases = Object.entries({ ...REFUSED, ...ALLOWED });
  const ran = await runBatch(
    directory,
    cases.map(([, source]) => ({ source: source.replaceAll("PORT", String(port)) })),
  );
  cases.forEach(([what], index) => {
    answers.set(what, ran[index] as Answer);
  });
});

afterAll(() => {
  server.close();
  rmSync(parent, { recursive: true, force: true });
});

test.each(Object.keys(REFUSED))("a configuration gets no %s", (what) => {
  expect(answers.get(what)).toMatchObject({ ok: false, problems: [{ rule: "load" }] });
  // Refused in words: nothing of it ended Python for those after it.
  expect(answers.get(what)).not.toHaveProperty("fatal");
});

test.each(Object.keys(ALLOWED))("a configuration gets %s", (what) => {
  expect(answers.get(what)).toMatchObject({ ok: true });
});

test("nothing of all that was tried reached the host", () => {
  expect(readdirSync(directory).sort()).toEqual(["good.txt", "inside.txt", "link.txt", "relative.txt", "up"]);
  expect(readFileSync(join(directory, "inside.txt"), "utf8")).toBe("inside");
  expect(readdirSync(parent).sort()).toEqual(["inside", "outside.txt"]);
  expect(connections).toBe(0);
});
