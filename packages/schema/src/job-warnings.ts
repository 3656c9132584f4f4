import { portReferences } from "./bind.ts";
import type { Issue } from "./issue.ts";
import type { Job } from "./job.ts";

/** What is allowed and probably not meant. */
export function jobWarnings(job: Job): Issue[] {
  return [...shortWatch(job), ...unboundPrimaryPort(job), ...ignored(job), ...ignoredByChecks(job)];
}

/** Aurora refused it in 2014 and let it pass later; real configurations have a watch of 0. */
function shortWatch({ update_config, health_check_config: health }: Job): Issue[] {
  const { watch_secs: seen } = update_config;
  const verdict = health.initial_interval_secs + health.max_consecutive_failures * health.interval_secs;
  if (seen > verdict) return [];
  const sum = "initial_interval_secs + max_consecutive_failures × interval_secs";
  const message = `should be more than ${verdict} (${sum}), or an update does not see that health checks fail`;
  return [{ rule: "update", path: ["update_config", "watch_secs"], message, seen }];
}

function unboundPrimaryPort({ announce, task }: Job): Issue[] {
  if (announce === undefined) return [];
  const { primary_port: seen, portmap } = announce;
  // The portmap asks for what it leads to, so with the default one the primary port always gets a number.
  const references = task.processes.flatMap(({ cmdline }) => portReferences(cmdline));
  if (Object.entries(portmap).flat().includes(seen) || references.includes(seen)) return [];
  const message = `names a port that no process listens on: write {{thermos.ports[${seen}]}} in a cmdline`;
  return [{ rule: "ports", path: ["announce", "primary_port"], message, seen }];
}

function ignored({ task_links, enable_hooks }: Job): Issue[] {
  const issues: Issue[] = [];
  if (task_links !== undefined) {
    issues.push({ rule: "notice", path: ["task_links"], message: "is ignored, as Aurora ignored it" });
  }
  if (enable_hooks) {
    const message = "is ignored: hooks are not run";
    issues.push({ rule: "notice", path: ["enable_hooks"], message, seen: true });
  }
  return issues;
}

/** Attributes that do nothing beside others. Only of what Aurora did not have: its files are as they are. */
function ignoredByChecks({ health_checks = [] }: Job): Issue[] {
  return health_checks.flatMap((check, index) => {
    const issues: Issue[] = [];
    const path = ["health_checks", index];
    const { policy, min_consecutive_successes: seen, health_checker: checker, port } = check;
    if (seen > 1 && policy !== "grace") {
      const message = "does nothing without policy grace: the first pass counts";
      issues.push({ rule: "notice", path: [...path, "min_consecutive_successes"], message, seen });
    }
    if (checker.shell !== undefined && port !== undefined) {
      const message = "is ignored: a shell check asks no port";
      issues.push({ rule: "notice", path: [...path, "port"], message, seen: port });
    }
    return issues;
  });
}
