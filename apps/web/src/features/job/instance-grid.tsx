import { ToneGlyph } from "../../components/tone-glyph.tsx";
import type { InstanceView } from "../jobs/model/instance-view.ts";
import { TONE_WORDS, type Tone } from "../jobs/model/tone.ts";
import { instanceHash } from "./use-revealed-row.ts";

/** More squares than this say less than a table does: then only those that are not good are drawn. */
const MOST = 500;

const WASH: Readonly<Record<Tone, string>> = {
  bad: "border-bad bg-bad-wash",
  throttled: "border-throttled bg-throttled-wash",
  attention: "border-attention bg-attention-wash",
  unknown: "border-edge border-dashed hatched",
  moving: "border-moving bg-moving-wash",
  ended: "border-line bg-raised",
  good: "border-line bg-panel",
};

interface Props {
  readonly instances: readonly InstanceView[];
  /** Leads to a row that may not be drawn; without it the browser does, as with any link. */
  readonly onPick: ((name: string) => void) | undefined;
}

/** A square for each instance; it leads to the instance's row. */
export function InstanceGrid({ instances, onPick }: Props) {
  const shown =
    instances.length <= MOST ? instances : instances.filter(({ tone }) => tone !== "good").slice(0, MOST);
  const hidden = instances.length - shown.length;
  const small = shown.length > 60;
  return (
    <div className="figure">
      <ul aria-label="Instances by state" className={`flex flex-wrap ${small ? "gap-0.5" : "gap-1"}`}>
        {shown.map(({ name, tone }) => (
          <li key={name}>
            <a
              href={instanceHash(name)}
              onClick={(event) => {
                if (onPick === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                onPick(name);
              }}
              title={`#${name} ${TONE_WORDS[tone]}`}
              aria-label={`Instance ${name}: ${TONE_WORDS[tone]}`}
              data-square={name}
              data-tone={tone}
              className={`flex items-center justify-center gap-1 rounded border ${WASH[tone]} ${small ? "size-[18px]" : "h-7 min-w-10 px-1.5"}`}
            >
              <ToneGlyph tone={tone} />
              {small ? null : <span className="text-xs">{name}</span>}
            </a>
          </li>
        ))}
      </ul>
      {hidden > 0 ? <p className="mt-1 text-xs text-soft">and {hidden.toLocaleString("en")} more</p> : null}
    </div>
  );
}
