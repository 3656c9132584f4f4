/**
 * What a configuration in TypeScript or JavaScript is written with: Aurora's objects under Aurora's names. Such a file
 * exports `jobs`, a list of what `Job` and `Service` return.
 */

export type { Builder } from "./builder.ts";
export type { Bindings, Built } from "./built.ts";
export {
  Boolean,
  Default,
  type Described,
  Enum,
  Float,
  Integer,
  List,
  Map,
  Required,
  String,
} from "./described.ts";
export * from "./objects.ts";
export { java_options, type Option, python_options } from "./options.ts";
export { type Shape, Struct } from "./struct.ts";
export { combine_tasks, concat_tasks, order, SequentialTask, SimpleTask, Tasks } from "./tasks.ts";
export type { Changes, Fields, Templated, TemplateText } from "./templated.ts";
export { BYTES, GB, KB, MB, TB } from "./units.ts";
