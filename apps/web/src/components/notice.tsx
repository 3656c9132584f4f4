import type { ReactNode } from "react";
import type { Tone } from "../features/jobs/model/tone.ts";
import { ToneGlyph } from "./tone-glyph.tsx";

interface Props {
  readonly tone: Tone;
  readonly title: ReactNode;
  readonly children?: ReactNode;
  /** For tests and styles: which of the page's states this is. */
  readonly state: string;
}

/** What stands where data would: nothing exists, nothing matches, could not ask. They must not look alike. */
export function Notice({ tone, title, children, state }: Props) {
  return (
    <section
      data-notice={state}
      className="mx-auto my-10 max-w-2xl rounded-lg border border-line bg-panel px-6 py-5"
      role={tone === "bad" ? "alert" : "status"}
    >
      <h2 className="flex items-center gap-2 text-lg font-medium">
        <ToneGlyph tone={tone} />
        {title}
      </h2>
      <div className="mt-2 space-y-3 text-base text-soft">{children}</div>
    </section>
  );
}

export function Command({ children }: { children: string }) {
  return (
    <code className="block overflow-x-auto rounded-md border border-line bg-canvas px-3 py-2 font-mono text-xs whitespace-pre text-ink">
      {children}
    </code>
  );
}
