import type { ReactNode } from "react";
import { ToneGlyph } from "../../components/tone-glyph.tsx";
import type { Tone } from "../jobs/model/tone.ts";

const STRONG: Partial<Readonly<Record<Tone, string>>> = {
  bad: "font-medium text-bad",
  throttled: "text-throttled",
  attention: "text-attention",
};

/** Glyph, word and colour, never one of them alone. */
export function StateWord({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="relative inline-block pl-[18px]">
      <ToneGlyph tone={tone} className="absolute top-[0.25em] left-0" />
      <span className={STRONG[tone]}>{children}</span>
    </span>
  );
}
