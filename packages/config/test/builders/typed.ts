/**
 * What an editor accepts and refuses: read by tsc, which fails where something expected to be wrong is not. The mistakes
 * are also made at run time, by builders.test.ts.
 */
import {
  Announcer,
  Constraint,
  combine_tasks,
  Default,
  DisableLifecycle,
  Docker,
  DockerImage,
  Enum,
  Boolean as Flag,
  GB,
  HealthCheckConfig,
  Integer,
  Job,
  List,
  Map as MapOf,
  MB,
  Mesos,
  order,
  Process,
  QueueUpdateStrategy,
  Required,
  Resources,
  SequentialTask,
  Service,
  Struct,
  Task,
  Tasks,
  String as Text,
  UpdateConfig,
  VariableBatchUpdateStrategy,
  Volume,
} from "@borealis/config/builders";

const Limits = Struct("Limits", { ram: Default(Integer, 64 * MB), strict: Flag });
export const Profile = Struct("Profile", {
  role: Default(Text, "www-data"),
  instances: Required(Integer),
  tags: List(Text),
  ports: MapOf(Text, Integer),
  mode: Enum("fast", "slow"),
  limits: Default(Limits, Limits({})),
  first: Process,
});

const prepare = Process({ name: "prepare", cmdline: "true" });
const serve = Process({
  name: "serve",
  cmdline: "serve {{thermos.ports[http]}}",
  daemon: "{{profile.daemon}}",
});
const resources = Resources({ cpu: 0.5, ram: 128 * MB, disk: "{{profile.disk}}" });

export const accepted = {
  task: Task({
    processes: [prepare, serve],
    constraints: [...order(prepare, serve), ...order("a", "b")],
    resources,
  }),
  sequential: SequentialTask({ name: "s", processes: [prepare, { name: "b", cmdline: "c" }], resources }),
  combined: combine_tasks(Tasks.simple("a", "b"), Tasks.simple("c", "d")).with({
    name: "both",
    user: undefined,
  }),
  job: Job({
    role: "{{profile.role}}",
    cluster: "devcluster",
    task: { processes: [serve], resources: { cpu: 1, ram: 1 * GB, disk: 1 * GB } },
    instances: "{{profile.instances}}",
    announce: Announcer({ portmap: { aurora: "http", admin: 8080 } }),
    constraints: { rack: "limit:1" },
    lifecycle: DisableLifecycle,
    health_check_config: HealthCheckConfig({ interval_secs: 0.5 }),
    update_config: UpdateConfig({ update_strategy: VariableBatchUpdateStrategy({ batch_sizes: [1, 2] }) }),
    container: Docker({ image: "web:{{version}}" }),
  }).bind({
    profile: Profile({ instances: 3, mode: "fast", first: serve }),
    version: 7,
    nested: { deep: "x" },
  }),
  service: Service.partial({ role: "r" }).with({
    cluster: "c",
    update_config: { update_strategy: { batch_size: 2 } },
  }),
  other: Job.partial({
    container: Mesos({
      image: DockerImage({ name: "a", tag: "b" }),
      volumes: [Volume({ container_path: "/a", host_path: "/b", mode: "RO" })],
    }),
    update_config: { update_strategy: QueueUpdateStrategy() },
  }),
};

/** Wrong, and refused when it runs, too. */
export const mistakes = {
  // @ts-expect-error there is no such attribute
  "an unknown attribute": () => Process({ name: "a", cmdline: "b", cmd_line: "c" }),
  // @ts-expect-error there is no such attribute
  "an unknown attribute of a part": () => Job.partial({ task: { procesess: [] } }),
  // @ts-expect-error there is no such attribute
  "an unknown attribute laid over": () => prepare.with({ max_failure: 1 }),
  // @ts-expect-error a Process is not Resources
  "an object of another type": () => Task.partial({ resources: prepare }),
  // @ts-expect-error a list is wanted
  "one where a list is wanted": () => Task.partial({ processes: prepare }),
  // @ts-expect-error a list of processes is wanted
  "a list of something else": () => Task.partial({ processes: [resources] }),
  // @ts-expect-error only RO and RW
  "a word that is none of the enum's": () => Volume({ container_path: "/a", host_path: "/b", mode: "WR" }),
  // @ts-expect-error the profile has no such field
  "an unknown field of a profile": () => Profile({ instances: 1, rol: "x" }),
  // @ts-expect-error a builder has to be called
  "a builder that was not called": () => Job.partial({ task: Task }),
  // @ts-expect-error the name of a builder is no process
  "what cannot be put in order": () => order(resources),
};

/** Wrong, but only found when the job is checked. */
export const checkedLater = {
  // @ts-expect-error a cmdline is required
  missing: () => Process({ name: "a" }),
  // @ts-expect-error a required field of a profile
  missingField: () => Profile({}),
  // @ts-expect-error text that is no template
  text: () => Job.partial({ instances: "many" }),
  // @ts-expect-error a number where text is wanted
  number: () => Process({ name: 5, cmdline: "a" }),
  // @ts-expect-error a constraint's order is a list of names
  constraint: () => Constraint({ order: [1] }),
};
