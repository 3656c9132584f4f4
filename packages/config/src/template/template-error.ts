import type { ProblemRule } from "@borealis/schema";
import type { Reference } from "./reference.ts";

/** Named as Pystachio's exceptions are, which a Python configuration may catch. */
export type TemplateErrorName = "InvalidRefError" | "Uninterpolatable" | "CoercionError";

/** Why a template could not be filled in, or what it came to is not of its type. */
export class TemplateError extends Error {
  override readonly name: TemplateErrorName;
  readonly rule: ProblemRule;
  readonly allowed: readonly string[] | undefined;
  readonly suggestion: string | undefined;
  /** For people, who are told what is allowed first; the message is what Python knows. */
  readonly words: string;

  constructor(
    name: TemplateErrorName,
    rule: ProblemRule,
    message: string,
    hint: {
      readonly allowed?: readonly string[];
      readonly suggestion?: string;
      readonly words?: string;
    } = {},
  ) {
    super(message);
    this.name = name;
    this.rule = rule;
    this.allowed = hint.allowed;
    this.suggestion = hint.suggestion;
    this.words = hint.words ?? message;
  }

  /** The same error, told of the template that led there. */
  within({ address }: Reference): TemplateError {
    const { allowed, suggestion } = this;
    const hint = {
      words: `{{${address}}}: ${this.words}`,
      ...(allowed === undefined ? {} : { allowed }),
      ...(suggestion === undefined ? {} : { suggestion }),
    };
    return new TemplateError(this.name, this.rule, `{{${address}}}: ${this.message}`, hint);
  }
}
