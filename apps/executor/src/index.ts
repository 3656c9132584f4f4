export { isLoopback } from "./api-server.ts";
export { agent, type RunCommand, run, type SidecarCommand, sidecar } from "./commands.ts";
export { EXECUTOR_ERRORS, ExecutorError, type ExecutorErrorCode } from "./errors.ts";
export type { LogFormat } from "./logger.ts";
export { type RunAloneCommand, runAlone } from "./run-alone.ts";
export type { ExecutorSettings } from "./settings.ts";
export { killAbandoned, runStandalone, type StandaloneSettings, type StandaloneTask } from "./standalone.ts";
export type { ShownTask, TaskView } from "./task-view.ts";
export { VERSION } from "./version.ts";
