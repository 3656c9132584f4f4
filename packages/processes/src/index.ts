export { inheritedPath } from "./env.ts";
export { endEscaped } from "./escaped.ts";
export { endGroup, signalGroup } from "./group.ts";
export { asUser, type RunAs } from "./run-as.ts";
export { type Moment, search } from "./search.ts";
