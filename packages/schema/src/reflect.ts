import { z } from "zod";

/** The schema of a value itself, without what says whether it may be absent and what stands for it then. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
      inner = inner.unwrap();
    else if (inner instanceof z.ZodPipe) inner = inner.in;
    else return inner;
  }
}

/** Where a path leads: to a schema, or into a choice on its way, where it depends on what stands there. */
interface Destination {
  readonly schema: z.core.$ZodType | undefined;
  /** The first choice of objects that the path comes to, and the path to it. */
  readonly choice?: { readonly options: readonly z.ZodObject[]; readonly path: readonly (string | number)[] };
}

export function follow(schema: z.core.$ZodType, path: readonly (string | number)[]): Destination {
  let at: z.core.$ZodType | undefined = bare(schema);
  for (let length = 0; ; length++) {
    const options = at instanceof z.ZodUnion ? objectsOf(at) : [];
    if (options.length > 0) return { schema: undefined, choice: { options, path: path.slice(0, length) } };
    const step = path[length];
    if (at === undefined || step === undefined) return { schema: at };
    if (at instanceof z.ZodObject) at = at.shape[step];
    else if (at instanceof z.ZodArray) at = at.element;
    else at = at instanceof z.ZodRecord ? at.valueType : undefined;
    at = at && bare(at);
  }
}

function objectsOf({ options }: z.ZodUnion): readonly z.ZodObject[] {
  return options.map(bare).filter((option) => option instanceof z.ZodObject);
}
