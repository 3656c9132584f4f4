import type { Built } from "./built.ts";

/** Text with a reference in it, which may stand for a value of any type. */
export type TemplateText = `${string}{{${string}}}${string}`;

/** What may be written where a `T` is wanted: itself, text that becomes one, or for an object one that is built. */
export type Templated<T> = T extends string
  ? string extends T
    ? T
    : T | TemplateText
  : T extends number | boolean
    ? T | TemplateText
    : T extends readonly (infer Element)[]
      ? readonly Templated<Element>[]
      : T extends object
        ? Fields<T> | Built<T>
        : T;

export type Fields<T> = { readonly [Name in keyof T]: Templated<T[Name]> };

/** Some of the attributes; undefined takes one away. */
export type Changes<T> = { readonly [Name in keyof T]?: Templated<T[Name]> | undefined };
