import type { InstanceRecord } from "@borealis/schema";
import { Ago } from "../../components/ago.tsx";
import { formatSpan, formatTime } from "../../components/duration.ts";

/** How an instance is taken down: each step, the most it may take, what it took, and what came of it. */
export function StopTimeline({ record: { instance, stopping } }: { record: InstanceRecord }) {
  if (stopping === undefined || stopping.length === 0) return null;
  return (
    <table className="figure w-full max-w-3xl" aria-label={`How instance ${instance} is stopped`}>
      <thead className="text-xs text-soft">
        <tr>
          <th scope="col">Stop</th>
          <th scope="col" className="text-end">
            Planned
          </th>
          <th scope="col" className="text-end">
            Took
          </th>
          <th scope="col" className="pl-4">
            Outcome
          </th>
        </tr>
      </thead>
      <tbody>
        {stopping.map(({ step, startedAt, plannedMs, endedAt, outcome }) => (
          <tr key={`${step} ${startedAt}`} data-stop-step={step} data-ended={endedAt !== undefined}>
            <th
              scope="row"
              title={`began ${formatTime(startedAt)}`}
              className="py-0.5 pr-4 align-baseline font-normal"
            >
              {step}
            </th>
            <td className="py-0.5 align-baseline text-end whitespace-nowrap">{formatSpan(plannedMs)}</td>
            <td className="py-0.5 pl-3 align-baseline text-end whitespace-nowrap">
              {endedAt === undefined ? (
                <Ago sinceMs={startedAt} as="for" />
              ) : (
                formatSpan(Math.max(0, endedAt - startedAt))
              )}
            </td>
            <td className="py-0.5 pl-4 align-baseline wrap-anywhere">
              {outcome ?? (endedAt === undefined ? <span className="text-soft">under way</span> : "–")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
