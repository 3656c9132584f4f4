import type { Job } from "@borealis/schema";

/**
 * What a job asks for and this executor can not do so far, when leaving it out would change what is run or announced.
 * @returns one sentence, or undefined when the job can be run as it is meant.
 */
export function unsupported(
  job: Job,
  { sidecar, allowCustomServerSetPath }: { sidecar: boolean; allowCustomServerSetPath: boolean },
): string | undefined {
  const { announce, container } = job;
  if (announce?.zk_path !== undefined && !allowCustomServerSetPath) {
    return "asks to be announced at a zk_path of its own, and this executor was not started with --announcer-allow-custom-serverset-path: take zk_path out, or start it with that flag";
  }
  if (container !== undefined && !sidecar) {
    return "asks for a container, and processes are run on the host itself: take container out, or run the container by other means and announce it with executor sidecar";
  }
  return undefined;
}
