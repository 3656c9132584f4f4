import type { HttpExpectation } from "@borealis/healthcheck";
import type { HealthCheckConfig, Job } from "@borealis/schema";

/**
 * What a job asks for and this executor can not do so far, when leaving it out would change what is run or announced.
 * @returns one sentence, or undefined when the job can be run as it is meant.
 */
export function unsupported(
  job: Job,
  { sidecar, allowCustomServerSetPath }: { sidecar: boolean; allowCustomServerSetPath: boolean },
): string | undefined {
  const { announce, container, health_check_config: health } = job;
  if (announce?.zk_path !== undefined && !allowCustomServerSetPath) {
    return "asks to be announced at a zk_path of its own, and this executor was not started with --announcer-allow-custom-serverset-path: take zk_path out, or start it with that flag";
  }
  if (health.health_checker?.shell !== undefined) {
    return "has a shell health check, and only HTTP checks are made so far: use health_checker.http, or leave health_checker out";
  }
  if (container !== undefined && !sidecar) {
    return "asks for a container, and processes are run on the host itself: take container out, or run the container by other means and announce it with executor sidecar";
  }
  return undefined;
}

/** What a job wants of an HTTP check; the 2014 reference's question when it does not say. */
export function expectationOf({ health_checker }: HealthCheckConfig): { expect?: HttpExpectation } {
  const http = health_checker?.http;
  if (http === undefined) return {};
  const { endpoint, expected_response: response, expected_response_code: code } = http;
  return { expect: { endpoint: endpoint.startsWith("/") ? endpoint : `/${endpoint}`, response, code } };
}
