import {
  Announcer,
  Default,
  HealthCheckConfig,
  Integer,
  MB,
  Process,
  Resources,
  SequentialTask,
  Service,
  String,
  Struct,
} from "@borealis/config/builders";

const Profile = Struct("Profile", {
  greeting: Default(String, "hello"),
  instances: Default(Integer, 2),
});

const page = Process({
  name: "page",
  cmdline:
    'mkdir -p www && echo "{{profile.greeting}} from {{mesos.instance}}" > www/index.html && printf ok > www/health',
});

const serve = Process({
  name: "serve",
  cmdline: "cd www && exec python3 -m http.server --bind 127.0.0.1 {{thermos.ports[http]}}",
});

const hello = Service({
  cluster: "example",
  role: "www-data",
  environment: "devel",
  name: "hello",
  instances: "{{profile.instances}}",
  announce: Announcer({ portmap: { health: "http" } }),
  health_check_config: HealthCheckConfig({ initial_interval_secs: 2, interval_secs: 2 }),
  task: SequentialTask({
    processes: [page, serve],
    resources: Resources({ cpu: 0.1, ram: 64 * MB, disk: 16 * MB }),
  }),
});

export const jobs = [hello.bind({ profile: Profile({}) })];
