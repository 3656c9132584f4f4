import { memo } from "react";
import { TONE_TEXT } from "../../components/tone-glyph.tsx";
import { type Tally, TONE_WORDS, TONES, type Tone, toneOfLetter } from "./model/tone.ts";

const WIDE = 118;
const NARROW = 58;
const HEIGHT = 20;
const SIZES = [
  { size: 10, gap: 2, lines: 1 },
  { size: 8, gap: 1, lines: 2 },
  { size: 6, gap: 1, lines: 3 },
] as const;

interface Props {
  readonly squares: string | undefined;
  readonly tally: Tally;
}

/** A square for each instance, each tone with its own shape; proportions when there are too many to tell apart. */
export const GlyphBar = memo(function GlyphBar({ squares, tally }: Props) {
  const label = describeTally(tally);
  return (
    <>
      <Bar label={label} squares={squares} tally={tally} width={WIDE} className="max-sm:hidden" />
      <Bar label={label} squares={squares} tally={tally} width={NARROW} className="sm:hidden" />
    </>
  );
});

interface BarProps extends Props {
  readonly label: string;
  readonly width: number;
  readonly className: string;
}

function Bar({ className, label, squares = "", tally, width }: BarProps) {
  const grid = squares === "" ? undefined : gridFor(squares.length, width);
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label={label} className={className}>
      {grid === undefined ? (
        <Proportions tally={tally} width={width} />
      ) : (
        <Squares squares={squares} grid={grid} />
      )}
    </svg>
  );
}

interface Grid {
  readonly size: number;
  readonly gap: number;
  readonly columns: number;
}

/** The largest squares that all find room; undefined when not even the smallest do. */
function gridFor(count: number, width: number): Grid | undefined {
  return SIZES.map(({ size, gap, lines }) => ({
    size,
    gap,
    lines,
    columns: Math.floor((width + gap) / (size + gap)),
  })).find(({ columns, lines }) => count <= columns * lines);
}

function describeTally(tally: Tally): string {
  const parts = TONES.filter((tone) => tally[tone] > 0).map((tone) => `${tally[tone]} ${TONE_WORDS[tone]}`);
  return parts.length === 0 ? "no instances" : parts.join(", ");
}

function Squares({ squares, grid: { size, gap, columns } }: { squares: string; grid: Grid }) {
  const rows = Math.ceil(squares.length / columns);
  const top = (HEIGHT - rows * (size + gap) + gap) / 2;
  const marks = [...squares].map((letter, index) => {
    const x = (index % columns) * (size + gap);
    const y = top + Math.floor(index / columns) * (size + gap);
    return { tone: toneOfLetter(letter), place: { x, y, size }, key: `${index}` };
  });
  return marks.map(({ tone, place, key }) => (
    <path key={key} d={SHAPES[tone](place)} {...paint(tone)} className={TONE_TEXT[tone]} />
  ));
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

function paint(tone: Tone) {
  return tone === "unknown"
    ? ({ fill: "none", stroke: "currentColor", strokeDasharray: "2 1.5" } as const)
    : ({ fill: "currentColor", fillRule: "evenodd" } as const);
}

/** good: full. bad: a cross cut out. throttled: two bars. attention: a triangle. moving: half. ended: a dot. unknown: a dashed edge. */
const SHAPES: Readonly<Record<Tone, (place: Place) => string>> = {
  good: (place) => box(place),
  bad: (place) => box(place) + cross(place),
  throttled: ({ x, y, size }) =>
    boxAt(x + size * 0.1, y, size * 0.32, size) + boxAt(x + size * 0.58, y, size * 0.32, size),
  attention: ({ x, y, size }) => `M${x + size / 2} ${y}L${x + size} ${y + size}H${x}z`,
  moving: (place) =>
    box(place) + boxAt(place.x + place.size / 2, place.y + 1, place.size / 2 - 1, place.size - 2),
  ended: ({ x, y, size }) => boxAt(x + size / 3, y + size / 3, size / 3, size / 3),
  unknown: ({ x, y, size }) => boxAt(x + 0.5, y + 0.5, size - 1, size - 1),
};

function box({ x, y, size }: Place): string {
  return boxAt(x, y, size, size);
}

function boxAt(x: number, y: number, width: number, height: number): string {
  return `M${x} ${y}h${width}v${height}h${-width}z`;
}

function cross({ x, y, size }: Place): string {
  const a = size * 0.18;
  const b = size - a;
  const c = size / 2;
  const t = size * 0.13;
  const corners: readonly (readonly [number, number])[] = [
    [a + t, a],
    [c, c - t],
    [b - t, a],
    [b, a + t],
    [c + t, c],
    [b, b - t],
    [b - t, b],
    [c, c + t],
    [a + t, b],
    [a, b - t],
    [c - t, c],
    [a, a + t],
  ];
  return `M${corners.map(([right, down]) => `${x + right} ${y + down}`).join("L")}z`;
}

function Proportions({ tally, width: total }: { tally: Tally; width: number }) {
  const instances = TONES.reduce((sum, tone) => sum + tally[tone], 0);
  let x = 0;
  return TONES.map((tone) => {
    if (tally[tone] === 0) return null;
    // One failing instance among thousands still has to be seen.
    const width = Math.max(4, (tally[tone] / instances) * total);
    const at = Math.min(x, total - 4);
    x += width + 1;
    return (
      <rect key={tone} x={at} y={5} width={width} height={10} {...paint(tone)} className={TONE_TEXT[tone]} />
    );
  });
}
