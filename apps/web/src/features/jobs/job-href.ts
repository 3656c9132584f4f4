import type { JobKey } from "@borealis/schema";

export function jobHref({ role, environment, name }: JobKey): string {
  return `/jobs/${[role, environment, name].map(encodeURIComponent).join("/")}`;
}
