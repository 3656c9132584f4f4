import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One service with a template, ports and an order, in the manner of the documents' examples. */
const AURORA_JOB = `
server = Process(name='server', cmdline='exec ./server --port {{thermos.ports[http]}} --shard {{mesos.instance}}')
setup = Process(name='setup', cmdline='tar xf {{profile.package}}.tar.gz')

class Profile(Struct):
  package = Default(String, 'server')

task = SequentialTask(processes=[setup, server], resources=Resources(cpu=0.5, ram=128*MB, disk=1*GB))
service = Service(cluster='devcluster', role='www-data', environment='prod', task=task, announce=Announcer())
`;

export const ONE_JOB = `${AURORA_JOB}\njobs = [service(name='hello').bind(profile=Profile())]\n`;

/** Each job has a task of its own, so that nothing is gained by what they share. */
export const MANY_JOBS = `${AURORA_JOB}
jobs = [
  service(
    name='hello-%d' % number,
    instances=number % 7 + 1,
    task=task(processes=[setup, server(cmdline='exec ./server --port {{thermos.ports[http]}} --id %d' % number)]),
  ).bind(profile=Profile(package='server-%d' % number))
  for number in range(1000)
]
`;

export const JSON_JOB = JSON.stringify(
  {
    cluster: "devcluster",
    role: "www-data",
    environment: "prod",
    name: "hello",
    service: true,
    instances: 3,
    announce: { portmap: { health: "http" } },
    task: {
      processes: [
        { name: "setup", cmdline: "tar xf server.tar.gz" },
        {
          name: "server",
          cmdline: "exec ./server --port {{thermos.ports[http]}} --shard {{mesos.instance}}",
        },
      ],
      constraints: [{ order: ["setup", "server"] }],
      resources: { cpu: 0.5, ram: 134_217_728, disk: 1_073_741_824 },
    },
  },
  null,
  2,
);

/** A directory with the given files, removed when disposed of. */
export async function directoryOf(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "borealis-bench-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
