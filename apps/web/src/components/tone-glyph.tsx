import type { Tone } from "../features/jobs/model/tone.ts";

export const TONE_TEXT: Readonly<Record<Tone, string>> = {
  bad: "text-bad",
  throttled: "text-throttled",
  attention: "text-attention",
  unknown: "text-unknown",
  moving: "text-moving",
  ended: "text-ended",
  good: "text-good",
};

/** Each tone has its own shape, so that it can be told without its colour. */
export function ToneGlyph({ tone, className = "" }: { tone: Tone; className?: string }) {
  return (
    <svg
      viewBox="0 0 12 12"
      className={`inline-block size-3 shrink-0 ${TONE_TEXT[tone]} ${className}`}
      aria-hidden="true"
    >
      {GLYPHS[tone]}
    </svg>
  );
}

const STROKE = { fill: "none", stroke: "currentColor", strokeWidth: 1.6, strokeLinecap: "round" } as const;

const GLYPHS: Readonly<Record<Tone, React.ReactNode>> = {
  good: (
    <>
      <circle cx="6" cy="6" r="5.5" fill="currentColor" />
      <path d="M3.6 6.2 5.3 8l3.2-3.7" {...STROKE} stroke="var(--color-panel)" strokeLinejoin="round" />
    </>
  ),
  moving: (
    <>
      <circle cx="6" cy="6" r="4.8" {...STROKE} />
      <path d="M6 1.2a4.8 4.8 0 0 1 0 9.6z" fill="currentColor" />
    </>
  ),
  throttled: (
    <>
      <rect x="1" y=".5" width="3.8" height="11" rx="1" fill="currentColor" />
      <rect x="7.2" y=".5" width="3.8" height="11" rx="1" fill="currentColor" />
    </>
  ),
  attention: (
    <>
      <path d="M6 .8 11.6 11H.4z" fill="currentColor" />
      <path d="M6 4.5v3M6 9.2v.1" {...STROKE} stroke="var(--color-panel)" />
    </>
  ),
  bad: (
    <>
      <rect x=".5" y=".5" width="11" height="11" rx="2" fill="currentColor" />
      <path d="m3.8 3.8 4.4 4.4m0-4.4L3.8 8.2" {...STROKE} stroke="var(--color-panel)" />
    </>
  ),
  unknown: <circle cx="6" cy="6" r="4.8" {...STROKE} strokeDasharray="2.2 2.4" />,
  ended: <circle cx="6" cy="6" r="2.6" fill="currentColor" />,
};
