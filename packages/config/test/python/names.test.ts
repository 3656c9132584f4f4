import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, plain, runBatch } from "./batch.ts";

/** Each asserts in Python, so that it reads as a configuration would. */
const HOLDS: Record<string, string> = {
  "an object is built of keywords, of a dict, and of a dict with keywords over it": `
assert Process(name='a', cmdline='b') == Process({'name': 'a', 'cmdline': 'b'})
assert Process({'name': 'x', 'cmdline': 'b'}, name='a') == Process(name='a', cmdline='b')
`,
  "calling an object copies it, and Empty takes an attribute away": `
p = Process(name='a', cmdline='b')
assert str(p(name='c').name()) == 'c' and str(p.name()) == 'a'
assert p(cmdline=Empty).cmdline() is Empty and not p(cmdline=Empty).has_cmdline() and p.has_cmdline()
`,
  "an accessor gives a typed value, defaults among them": `
p = Process(name='a', max_failures='3')
assert p.max_failures() == Integer(3) and p.max_failures().get() == 3
assert p.daemon().get() is False and p.resources() is Empty
assert Resources(cpu=1, ram=1, disk=1).cpu().get() == 1.0
`,
  "text and a number are no String, as ever in Pystachio": `
assert String('a') == String('a') and String('a') != 'a' and String('a') != Integer(1)
assert repr(String('a')) == 'String(a)' and str(Integer('7')) == '7'
`,
  "lists are walked, indexed, measured and added": `
t = Task(processes=[Process(name='a'), Process(name='b')])
assert [str(p.name()) for p in t.processes()] == ['a', 'b'] and str(t.processes()[-1].name()) == 'b'
assert Process(name='a') in t.processes() and len(t.processes()) == 2
assert len(t.processes() + [Process(name='c')]) == 3
`,
  "maps are walked and looked up, and their values coerced": `
m = Map(String, String)({'a': 1})
assert m['a'] == String('1') and 'a' in m and 'b' not in m and [str(k) for k in m] == ['a']
try:
  m['b']
  assert False
except KeyError:
  pass
`,
  "equal objects are one in a set":
    "assert len({Process(name='a'), Process(name='a'), Process(name='b')}) == 2",
  "types made twice are one type": `
class A(Struct):
  x = Integer
B = A
class A(Struct):
  x = Integer
assert isinstance(A(x=1), B) and A(x=1) == B(x=1) and List(A) is List(A)
`,
  "a Struct has Required and Default attributes": `
class Profile(Struct):
  name = Required(String)
  n = Default(Integer, 3)
assert Profile(name='x').n().get() == 3 and Profile(name='x').check().ok()
assert Profile().check().message() == 'Profile[name] is required.'
assert not Profile(name='x', n='y').check().ok()
`,
  "an Enum takes its values and templates only": `
Color = Enum('Color', ['red', 'green'])
assert Color('red').get() == 'red' and Color('{{c}}').bind(c='green').check().ok()
try:
  Color('blue')
  assert False
except ValueError as e:
  assert 'red, green' in str(e)
assert Mode('RO').get() == 'RO'
`,
  "a Choice is the first type that takes the value": `
C = Choice([Integer, String])
assert C('3').unwrap() == Integer(3) and C('x').unwrap() == String('x') and C('x').check().ok()
`,
  "templates are filled in by the host, for accessors, text and %": `
p = Process(name='{{x}}', cmdline='run').bind(x='abc')
assert str(p.name()) == 'abc'
assert str(Task(processes=[p]).name()) == 'abc'
assert (String('{{a}}-{{b}}') % {'a': 3}).get() == '3-{{b}}'
value, unbound = String('{{a.b}} {{c[0]}}').interpolate()
assert sorted(r.address() for r in unbound) == ['a.b', 'c[0]'] and str(unbound[0]).startswith('{{')
`,
  "later bindings win, and those of % win over all": `
s = String('{{a}}').bind(a=1).bind(a=2)
assert str(s) == '2' and (s % {'a': 3}).get() == '3'
assert str(String('{{a}}').bind({'a': 1}, {'a': 2})) == '2'
assert str(String('{{p.x}}').bind(p=Environment(x=5))) == '5'
`,
  "an invalid reference is found out when it is asked for": `
p = Process(name='a', cmdline='{{ x }}')
assert str(p.name()) == 'a'
try:
  p.cmdline()
  assert False
except Exception as e:
  assert type(e).__name__ != 'AssertionError', e
`,
  "objects go to JSON and come back, with what is unknown left out": `
p = Process.json_loads('{"name": "x", "zz": 1, "resources": {"cpu": 1, "yy": 2}}')
import json
assert str(p.name()) == 'x' and json.loads(p.json_dumps())['resources'] == {'cpu': 1.0, 'gpu': 0}
`,
  "tasks are combined: processes once and in order, resources added, the last one's name": `
a = Task(name='a', processes=[Process(name='x'), Process(name='y')], resources=Resources(cpu=1, ram=1, disk=1), finalization_wait=20)
b = Task(name='b', processes=[Process(name='z'), Process(name='x')], resources=Resources(cpu=2, ram=2, disk=2), finalization_wait=30)
c = combine_tasks(a, b)
assert [str(p.name()) for p in c.processes()] == ['x', 'y', 'z']
assert c.resources().cpu().get() == 3.0 and c.finalization_wait().get() == 30 and str(c.name()) == 'b'
assert Tasks.combine() == Task() and str(Tasks.combine(a, b, name='k').name()) == 'k'
`,
  "tasks are chained: resources the largest, waits added, every pair in order": `
a = Task(name='a', processes=[Process(name='x')], resources=Resources(cpu=1, ram=3, disk=1), finalization_wait=20)
b = Task(name='b', processes=[Process(name='y'), Process(name='x')], resources=Resources(cpu=2, ram=2, disk=2), finalization_wait=30)
c = concat_tasks(a, b)
assert (c.resources().cpu().get(), c.resources().ram().get(), c.finalization_wait().get()) == (2.0, 3, 50)
assert [[str(n) for n in k.order()] for k in c.constraints()] == [['x', 'y']]
`,
  "order takes processes and names, and lists of it add": `
p = Process(name='a')
assert [[str(n) for n in c.order()] for c in order(p, 'b') + order('b', 'c')] == [['a', 'b'], ['b', 'c']]
`,
  "SimpleTask and SequentialTask make whole tasks": `
s = SimpleTask('x', 'echo')
assert s.resources().ram().get() == 1 * GB and s.resources().cpu().get() == 1.0 and str(s.name()) == 'x'
q = SequentialTask(processes=[Process(name='{{n}}').bind(n='one'), Process(name='two')])
assert [[str(n) for n in c.order()] for c in q.constraints()] == [['one', 'two']]
`,
  "options become text": `
assert java_options('a', 'b') == '-a -b' and java_options({'a': 23, 'b': 'foo'}) == '-a 23 -b foo'
assert python_options('a', 'boo', c=1, dd='x') == '-a --boo -c 1 --dd x' and Options.java(verbose='') == '-verbose'
`,
  "units are numbers": "assert (BYTES, KB, MB, GB, TB) == (1, 2**10, 2**20, 2**30, 2**40) and GB/2 == 512*MB",
  "the names that Aurora exports are there": `
assert MesosJob is Job and isinstance(Service, Job) and Service.service().get() is True
assert DisableLifecycle.http() is Empty and DefaultLifecycleConfig.has_http()
assert DefaultHealthChecker.has_http() and ThermosContext(ports={'http': 80}).ports()['http'].get() == 80
assert MesosContext(instance=1).instance().get() == 1 and MesosTaskInstance and Units and Ref
`,
  "Aurora's modules can be imported for the same names": `
from pystachio import String as S, Struct as T
from apache.aurora.config.schema.base import *
import apache.thermos.config.schema as schema
assert S is String and schema.Process is Process
`,
  "Python 2's lists are lists": `
d = {'a': 1, 'b': 2}
assert map(str, range(2)) + ['x'] == ['0', '1', 'x'] and filter(None, [0, 1]) == [1] and zip([1], [2]) == [(1, 2)]
assert d.items() + [0] == [('a', 1), ('b', 2), 0] and d.keys() == ['a', 'b'] and d.values()[0] == 1
assert list(d.iteritems()) == d.items() and d.has_key('a') and not d.has_key('z')
assert [k for k in d.iterkeys()] == ['a', 'b'] and range(3) + [3] == [0, 1, 2, 3] and sum(xrange(4)) == 6
`,
  "Python 2's whole numbers divide to whole numbers": `
x = 7
x /= 2
assert x == 3 and 7 / 2 == 3 and -7 / 2 == -4 and 7.0 / 2 == 3.5 and GB / MB == 1024
`,
  "unless the file asks for the division of today": "from __future__ import division\nassert 7 / 2 == 3.5",
  "Python 2's names are there": `
assert isinstance(u'a', basestring) and unicode(1) == '1' and long(3) == 3 and unichr(65) == 'A'
assert reduce(lambda a, b: a + b, [1, 2, 3]) == 6 and cmp(2, 1) == 1 and cmp('a', 'a') == 0
`,
  "escapes that are none are no noise": "x = '\\\\.\\\\*'.replace('\\.', '')",
  "the environment is the one that was given": `
import os, getpass
assert getpass.getuser() == 'www' and os.environ['USER'] == 'www' and os.getenv('HOME') is None
`,
  "what is built in a function or a loop is built as anywhere": `
def make(i):
  return Process(name='p%03d' % i, cmdline='run %d' % i)
assert [str(p.name()) for p in map(make, range(2))] == ['p000', 'p001']
`,
};

const MESSAGES: Record<string, { source: string; jobs: readonly unknown[] }> = {
  "only what is given is handed over, with copies and nested dicts": {
    source:
      "t = Task(name='t', processes=[{'name': 'a'}])\njobs = [Job(name='j', task=t), Service(name='k', task=t(name='u'))]",
    jobs: [
      { name: "j", task: { name: "t", processes: [{ name: "a" }] } },
      { service: true, name: "k", task: { name: "u", processes: [{ name: "a" }] } },
    ],
  },
  "numbers keep their kind": {
    source: "jobs = [Job(task=Task(resources=Resources(cpu=1.0, ram=10**20, disk='{{d}}')), priority=True)]",
    jobs: [{ task: { resources: { cpu: 1, ram: "100000000000000000000", disk: "{{d}}" } }, priority: true }],
  },
  "a job may be a dict": {
    source: "jobs = [dict(name='x', instances=3)]",
    jobs: [{ name: "x", instances: 3 }],
  },
  "jobs may come from a function's list": {
    source: "jobs = map(lambda n: Job(name=n), 'ab')",
    jobs: [{ name: "a" }, { name: "b" }],
  },
  "an attribute may be emptied": { source: "jobs = [Job(name=Empty)]", jobs: [{ name: null }] },
};

let directory: string;
let answers: Map<string, Answer>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "borealis-names-"));
  const sources = [
    ...Object.entries(HOLDS),
    ...Object.entries(MESSAGES).map(([name, { source }]) => [name, source] as const),
    ["shared", "p = Process(name='a')\njobs = [Job(task=Task(processes=[p, p]))]"] as const,
    [
      "places",
      "def p(n):\n  return Process(name=n,\n    cmdline='é' + n, max_failures=2)\njobs = [\n  Job(task={'processes': [p('a')]}, constraints={'host': 'x'})]",
    ] as const,
    [
      "bound",
      "jobs = [Job(name='{{p.x}}').bind(p=Environment(x=1)).bind({'p.y': 2.0, 'q': Process(name='z')})]",
    ] as const,
    ["hooks", "hooks = [object()]\njobs = []"] as const,
  ];
  const ran = await runBatch(
    directory,
    sources.map(([, source]) => ({ source, environment: { USER: "www" } })),
  );
  answers = new Map(sources.map(([name], index) => [name, ran[index] as Answer]));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function message(name: string) {
  const answer = answers.get(name);
  if (answer?.ok !== true) throw new Error(JSON.stringify(answer));
  return answer.message;
}

test.each(Object.keys(HOLDS))("%s", (name) => {
  expect(answers.get(name)).toMatchObject({ ok: true });
});

test.each(Object.entries(MESSAGES))("%s", (name, { jobs }) => {
  const told = message(name);
  expect(told.jobs.map((job) => plain(told, job))).toEqual(jobs);
});

test("an object that is used twice is handed over once", () => {
  const { nodes } = message("shared");
  expect(nodes.filter(({ t }) => t === "Process")).toHaveLength(1);
});

test("each value has the place of its own expression", () => {
  const { nodes } = message("places");
  const places = Object.fromEntries(
    nodes.map(({ t, v, at }) => [typeof v === "object" ? t.replace(/#.*/, "") : v, at?.slice(1)]),
  );
  expect(places).toMatchObject({
    Process: [2, 10],
    a: [2, 23],
    éa: [3, 13],
    2: [3, 35],
    Task: [5, 12],
    ProcessList: [5, 26],
    StringStringMap: [5, 49],
    x: [5, 58],
    Job: [5, 3],
  });
});

test("bindings are handed over innermost first, as text or objects by address", () => {
  const { nodes, jobs } = message("bound");
  expect(nodes[jobs[0] ?? 0]?.s).toEqual([
    { env: { "p.y": "2.0", q: { node: expect.any(Number) } } },
    { env: { "p.x": "1" } },
  ]);
});

test("hooks are told to be ignored", () => {
  expect(answers.get("hooks")).toMatchObject({
    ok: true,
    notices: [{ text: expect.stringContaining("hooks are ignored") }],
  });
});
