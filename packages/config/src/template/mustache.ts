/**
 * A tag: a reference, or an alias (`{{&x}}`) that stands for `{{x}}`. All else is literal. Innermost first: in `{{a{{b}}}}`
 * only `{{b}}` is a tag. Facts: Pystachio's parser. An `&` before the closing braces belongs to the alias, `{{&x&}}`.
 */
const TAG = /\{\{(&)?([^{}]+?)\1?\}\}/g;

/** Replaces each reference of a template by what is said of its content. Aliases stay, in their shortest form. */
export function replaceReferences(template: string, replacement: (content: string) => string): string {
  return template.replace(TAG, (_tag, ampersand: string | undefined, content: string) =>
    ampersand === undefined ? replacement(content) : `{{&${content}}}`,
  );
}

/** Makes each alias the tag that it stands for, which ends its being literal. */
export function unescapeAliases(template: string): string {
  if (!template.includes("{{&")) return template;
  return template.replace(TAG, (tag, ampersand: string | undefined, content: string) =>
    ampersand === undefined ? tag : `{{${content}}}`,
  );
}

/** Whether text holds a reference. Whether it is a valid one is found out when it is filled in. */
export function isTemplate(text: string): boolean {
  if (!text.includes("{{")) return false;
  return [...text.matchAll(TAG)].some(([, ampersand]) => ampersand === undefined);
}
