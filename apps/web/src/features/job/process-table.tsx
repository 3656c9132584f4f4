import type { InstanceRecord, ProcessReport, ProcessState } from "@borealis/schema";
import { Ago } from "../../components/ago.tsx";
import { formatSpan, formatTime } from "../../components/duration.ts";
import type { Tone } from "../jobs/model/tone.ts";
import { WIDE_ONLY } from "./rows-table.tsx";
import { StateWord } from "./state-word.tsx";

const TONES: Readonly<Record<ProcessState, Tone>> = {
  WAITING: "moving",
  FORKED: "moving",
  RUNNING: "good",
  SUCCESS: "ended",
  KILLED: "ended",
  FAILED: "bad",
  LOST: "bad",
};

const NUMBER = "py-0.5 pl-2 align-baseline text-end md:pl-3 md:whitespace-nowrap";

export function ProcessTable({ record }: { record: InstanceRecord }) {
  if (record.processes.length === 0) {
    const why =
      record.mode === "sidecar"
        ? "Something else runs this task's processes."
        : "No process was started yet.";
    return <p className="text-soft">{why}</p>;
  }
  // Executors before they told times.
  const timed = record.processes.some(({ startedAt }) => startedAt !== undefined);
  return (
    <table className="w-full max-w-3xl" aria-label={`Processes of instance ${record.instance}`}>
      <thead className="text-xs text-soft">
        <tr>
          <th scope="col">Process</th>
          <th scope="col">State</th>
          <th scope="col" className="pl-2 text-end md:pl-3">
            Run
          </th>
          <th scope="col" className={`pl-3 text-end ${timed ? WIDE_ONLY : ""}`}>
            PID
          </th>
          <th scope="col" className="pl-2 text-end md:pl-3">
            Exit
          </th>
          {timed ? (
            <>
              <th scope="col" className={`pl-3 text-end ${WIDE_ONLY}`}>
                Started
              </th>
              <th scope="col" className="pl-2 text-end md:pl-3">
                Took
              </th>
            </>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {record.processes.map((process) => (
          <ProcessRow key={process.name} process={process} timed={timed} />
        ))}
      </tbody>
    </table>
  );
}

function ProcessRow({ process, timed }: { process: ProcessReport; timed: boolean }) {
  const { exitCode, failures = 0, name, pid, reason, run, signal, startedAt, state } = process;
  const failed = failures === 0 ? "" : failures === 1 ? "failed once" : `failed ${failures} times`;
  const more = [failed, reason].filter(Boolean).join("; ");
  return (
    <tr data-process={name}>
      <th scope="row" className="min-w-16 py-0.5 pr-2 align-baseline font-mono text-xs font-normal break-all">
        {name}
      </th>
      <td className="py-0.5 align-baseline">
        <StateWord tone={TONES[state]}>{state}</StateWord>
        {more === "" ? null : <span className="block text-xs break-words text-soft">{more}</span>}
      </td>
      <td className={NUMBER}>{run}</td>
      <td className={`${NUMBER} ${timed ? WIDE_ONLY : ""}`}>{pid ?? "–"}</td>
      <td className={NUMBER}>{signal ?? exitCode ?? "–"}</td>
      {timed ? (
        <>
          <td className={`${NUMBER} ${WIDE_ONLY}`}>
            {startedAt === undefined ? "–" : <Ago sinceMs={startedAt} />}
          </td>
          <td className={NUMBER}>
            <Took process={process} />
          </td>
        </>
      ) : null}
    </tr>
  );
}

/** Of one that waits for its next run it is the last one's. */
function Took({ process: { endedAt, startedAt, state } }: { process: ProcessReport }) {
  if (startedAt === undefined) return "–";
  const live = state === "FORKED" || state === "RUNNING";
  if (endedAt === undefined) return live ? <Ago sinceMs={startedAt} as="for" /> : "–";
  return <span title={`ended ${formatTime(endedAt)}`}>{formatSpan(Math.max(0, endedAt - startedAt))}</span>;
}
