export { buildDashboard } from "./build-dashboard.ts";
export type { Child } from "./child.ts";
export { type Demo, type DemoOptions, startDemo } from "./demo.ts";
