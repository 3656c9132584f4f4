import type { InstanceRecord, ProcessState } from "@borealis/schema";
import type { Tone } from "../jobs/model/tone.ts";
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

export function ProcessTable({ record }: { record: InstanceRecord }) {
  if (record.processes.length === 0) {
    const why =
      record.mode === "sidecar"
        ? "Something else runs this task's processes."
        : "No process was started yet.";
    return <p className="text-soft">{why}</p>;
  }
  return (
    <table className="w-full max-w-3xl" aria-label={`Processes of instance ${record.instance}`}>
      <thead className="text-xs text-soft">
        <tr>
          <th scope="col">Process</th>
          <th scope="col">State</th>
          <th scope="col" className="text-end">
            Run
          </th>
          <th scope="col" className="text-end">
            PID
          </th>
          <th scope="col" className="text-end">
            Exit
          </th>
        </tr>
      </thead>
      <tbody>
        {record.processes.map(({ name, state, run, pid, exitCode, signal }) => (
          <tr key={name} data-process={name}>
            <th scope="row" className="py-0.5 pr-4 font-mono text-xs font-normal break-all">
              {name}
            </th>
            <td>
              <StateWord tone={TONES[state]}>{state}</StateWord>
            </td>
            <td className="text-end">{run}</td>
            <td className="text-end">{pid ?? "–"}</td>
            <td className="text-end">{signal ?? exitCode ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
