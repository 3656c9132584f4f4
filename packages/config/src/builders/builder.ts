import { build } from "../template/build.ts";
import { structTypes } from "../template/builtin-types.ts";
import type { StructNode } from "../template/node.ts";
import type { StructType } from "../template/type.ts";
import { Built, recordOf } from "./built.ts";
import { callerPlace } from "./caller-place.ts";
import type { Described } from "./described.ts";
import type { Changes, Fields } from "./templated.ts";

/** Makes objects of one type: `Process({ name: "web", cmdline: "…" })`. Also names the type: `List(Process)`. */
export interface Builder<T> extends Described<T> {
  (...given: Partial<T> extends T ? [fields?: Fields<T>] : [fields: Fields<T>]): Built<T>;
  /** An object whose other required attributes come later, by `with`: `Job.partial({ role: "www-data" })`. */
  partial(fields: Changes<T>): Built<T>;
  readonly type: StructType;
}

/** @param always what each such object has unless it is given, beside the defaults of the type. */
export function builderOf<T>(type: StructType, always: Changes<T> = {}): Builder<T> {
  const make = (fields: unknown): Built<T> => {
    const place = callerPlace();
    const given = { ...recordOf(always, type.name, place), ...recordOf(fields, `${type.name}()`, place) };
    return new Built(build(type, given, { place }) as StructNode);
  };
  const builder = (fields: unknown = {}) => make(fields);
  return Object.freeze(
    Object.defineProperty(Object.assign(builder, { type, partial: make }), "name", { value: type.name }),
  ) as unknown as Builder<T>;
}

/** The builder of one of Aurora's own types. */
export function auroraBuilder<T>(name: string, always?: Changes<T>): Builder<T> {
  const type = structTypes.get(name);
  if (type === undefined) throw new Error(`there is no type ${name}`);
  return builderOf<T>(type, always);
}
