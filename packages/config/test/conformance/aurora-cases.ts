/** The jobs behind the recorded cases, by the name each has in the recording. Attributes are laid over a small job. */
const MB = 1024 ** 2;

type Fields = Readonly<Record<string, unknown>>;

const one = (cmdline: string, process: Fields = {}) => [{ name: "p", cmdline, ...process }];
const named = (...processes: readonly Fields[]) =>
  processes.map((fields) => ({ cmdline: "true", ...fields }));
const ports = (...names: readonly string[]) => names.map((name) => `{{thermos.ports[${name}]}}`).join(" ");

interface Case {
  readonly job?: Fields;
  readonly task?: Fields;
  /** Bindings of the file, on the job. */
  readonly bound?: Fields;
  /** Ports the scheduler gave beside those that had to be allocated. */
  readonly given?: Readonly<Record<string, number>>;
}

const withCommand = (cmdline: string, rest: Case = {}): Case => ({
  ...rest,
  task: { processes: one(cmdline), ...rest.task },
});
const announced = (cmdline: string, announce: Fields, rest: Case = {}): Case =>
  withCommand(cmdline, { ...rest, job: { announce, ...rest.job } });
const planned = (order: readonly (readonly string[])[], ...processes: readonly Fields[]): Case => ({
  task: { processes: named(...processes), constraints: order.map((names) => ({ order: names })) },
});
const processNamed = (name: string): Case => ({
  job: { name: "job" },
  task: { processes: [{ name, cmdline: "a" }] },
});
const a = { name: "a" };
const b = { name: "b" };
const limits = (update: Fields, job: Fields = {}): Case =>
  withCommand("a", { job: { update_config: update, ...job } });

export const CASES: Readonly<Record<string, Case>> = {
  "job attributes in cmdline": withCommand(
    "{{instances}} {{service}} {{priority}} {{production}} {{max_task_failures}} {{cron_collision_policy}}",
  ),
  "escaped stache": withCommand("docker ps --format {{&Names}}"),
  "escaped stache that names a field": withCommand("echo {{&name}}"),
  "go template with leading dot": withCommand("docker ps --format {{.Names}}"),
  "go template with spaces": withCommand("docker ps --format '{{ .Names }}'"),
  "ports by dot": withCommand("echo {{thermos.ports.http}}"),
  "unbound ref": withCommand("echo {{nope}}"),
  "bound profile": withCommand("echo {{profile.x}}", { bound: { profile: { x: 42 } } }),
  "mesos.instance in job name": withCommand("x", { job: { name: "j{{mesos.instance}}" } }),
  "job name explicit": withCommand("x", { job: { name: "jobname" } }),
  "no announce, two ports": withCommand(ports("http", "admin")),
  "announce default, nothing referenced": announced("echo", {}),
  "announce default, aurora referenced only": announced(ports("aurora"), {}),
  "announce default, http+health+admin": announced(ports("http", "health", "admin"), {}),
  "announce primary_port=thrift, default portmap": announced(ports("thrift"), { primary_port: "thrift" }),
  "health aliased to http, never referenced": announced(ports("http"), { portmap: { health: "http" } }),
  "seed static example, not dedicated": announced(ports("aurora", "http", "https"), {
    portmap: { http: 80, https: 443, aurora: "http" },
  }),
  "chain a->b->c->8080": announced(
    ports("a"),
    { portmap: { a: "b", b: "c", c: 8080 }, primary_port: "a" },
    { job: { constraints: { dedicated: "www-data/x" } } },
  ),
  "alias to an unreferenced port allocates the target": announced(ports("a"), {
    portmap: { a: "b" },
    primary_port: "a",
  }),
  cycle: announced(ports("a"), { portmap: { a: "b", b: "a" } }),
  "self alias": announced(ports("a"), { portmap: { a: "a" } }),
  "primary port unbound": announced(ports("http"), { primary_port: "custom", portmap: {} }),
  "assigned port overrides an alias of the same name": announced(
    ports("http", "aurora"),
    {},
    {
      given: { aurora: 31_002 },
    },
  ),
  "portmap value with spaces": announced(
    ports("http"),
    { portmap: { http: " 80 " } },
    { job: { constraints: { dedicated: "www-data/x" } } },
  ),
  "portmap template value": announced(ports("http"), { portmap: { aurora: "http", x: "{{role}}" } }),
  "missing environment": { job: { environment: undefined } },
  "missing role": { job: { role: undefined } },
  "missing resources": { task: { resources: undefined } },
  "no processes attribute": { task: { name: "n", processes: undefined } },
  ...Object.fromEntries(
    [
      "prod",
      "devel",
      "test",
      "staging",
      "staging1",
      "staging42",
      "stagingX",
      "production",
      "PROD",
      " prod",
      "qa",
    ].map((environment): [string, Case] => [`environment '${environment}'`, { job: { environment } }]),
  ),
  ...Object.fromEntries(
    ["www-data", "a.b", "a_b", "a b", "", "x\n"].map((role): [string, Case] => [
      `role '${role.replace("\n", "\\n")}'`,
      { job: { role } },
    ]),
  ),
  ...Object.fromEntries(
    [".hid", "a/b", "a b", "", "a\nb", "a:b"].map((name): [string, Case] => [
      `process name '${name.replace("\n", "\\n")}'`,
      processNamed(name),
    ]),
  ),
  "resources cpu=0 ram=1048576 disk=1048576": { task: { resources: { cpu: 0, ram: MB, disk: MB } } },
  "resources cpu=0.1 ram=1048576 disk=1048576": { task: { resources: { cpu: 0.1, ram: MB, disk: MB } } },
  "resources cpu=1 ram=2097151 disk=1048576": { task: { resources: { cpu: 1, ram: 2 * MB - 1, disk: MB } } },
  "cron policy garbage": { job: { cron_schedule: "* * * * *", cron_collision_policy: "GARBAGE" } },
  "cron policy RUN_OVERLAP": { job: { cron_schedule: "* * * * *", cron_collision_policy: "RUN_OVERLAP" } },
  "constraints: a<b<c": planned([["a", "b", "c"]], a, b, { name: "c" }),
  "constraints: cycle": planned(
    [
      ["a", "b"],
      ["b", "a"],
    ],
    a,
    b,
  ),
  "constraints: self": planned([["a", "a"]], a, b),
  "constraints: empty order": planned([[]], a, b),
  "constraints: single": planned([["a"]], a, b),
  "constraints: one unknown name": planned([["a", "zzz"]], a, b),
  "constraints: all unknown names": planned([["yyy", "zzz"]], a, b),
  "constraints: final depends on regular": planned([["a", "f"]], a, { name: "f", final: true }),
  "constraints: regular depends on final": planned([["f", "a"]], a, { name: "f", final: true }),
  "constraints: depends on daemon": planned([["d", "a"]], a, { name: "d", daemon: true }),
  "constraints: daemon depends on regular": planned([["a", "d"]], a, { name: "d", daemon: true }),
  "constraints: non-ephemeral on ephemeral": planned([["e", "a"]], a, { name: "e", ephemeral: true }),
  "constraints: ephemeral on regular": planned([["a", "e"]], a, { name: "e", ephemeral: true }),
  "constraints: ephemeral on ephemeral": planned(
    [["e", "e2"]],
    { name: "e", ephemeral: true },
    { name: "e2", ephemeral: true },
  ),
  "duplicate process names": {
    task: {
      processes: [
        { name: "a", cmdline: "first" },
        { name: "a", cmdline: "second" },
      ],
    },
  },
  "constraint without order": { task: { processes: named(a, b), constraints: [{}] } },
  "client limits max_total_failures 1 of 1": limits({ max_total_failures: 1 }),
  "client limits defaults": limits({ max_total_failures: 0 }),
  "client limits watch_secs 15": limits({ watch_secs: 15 }),
  "client limits watch_secs 16": limits({ watch_secs: 16 }),
  "client limits watch_secs -1": limits({ watch_secs: -1 }),
  "client limits initial_interval_secs 60": withCommand("a", {
    job: { health_check_config: { initial_interval_secs: 60 } },
  }),
  "client limits dedicated 2 of 100": limits(
    { max_total_failures: 2 },
    { constraints: { dedicated: "www-data" }, instances: 100 },
  ),
};

/** The job of a case, as plain data. */
export function jobOf({ job = {}, task = {} }: Case): Fields {
  const defined = (fields: Fields) =>
    Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined));
  return defined({
    cluster: "c",
    role: "www-data",
    environment: "prod",
    task: defined({ processes: one("a"), resources: { cpu: 1, ram: MB, disk: MB }, ...task }),
    ...job,
  });
}
