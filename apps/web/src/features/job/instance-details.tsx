import type { InstanceRecord } from "@borealis/schema";
import { Ago } from "../../components/ago.tsx";
import type { InstanceView } from "../jobs/model/instance-view.ts";
import { restartedWords } from "../jobs/model/restarts.ts";
import { NextTask } from "../jobs/next-task.tsx";
import { PortLinks } from "./instance-cells.tsx";
import { ProcessTable } from "./process-table.tsx";
import { resourceWords } from "./resource-words.ts";
import { StopTimeline } from "./stop-timeline.tsx";

/** What an opened row adds. */
export function InstanceDetails({ instance }: { instance: InstanceView }) {
  if (instance.kind === "missing") {
    return (
      <p className="text-soft">The job's record asks for it. No executor holds its claim in ZooKeeper.</p>
    );
  }
  if (instance.kind === "unreadable") {
    return (
      <pre className="overflow-x-auto font-mono text-xs whitespace-pre-wrap text-soft">{instance.raw}</pre>
    );
  }
  const { drift, record } = instance;
  return (
    <div className="space-y-2">
      {drift === undefined ? null : <p>{drift.explanation}</p>}
      <div className="break-all md:hidden">
        {record.host} <PortLinks host={record.host} ports={record.ports} />
      </div>
      <p className="text-xs text-soft">
        task <span className="font-mono break-all">{record.taskId}</span> · executor{" "}
        <span className="font-mono break-all">{record.executorUrl}</span>
      </p>
      <Restarts record={record} />
      <Resources record={record} />
      <ProcessTable record={record} />
      <StopTimeline record={record} />
    </div>
  );
}

function Restarts({ record: { restarts } }: { record: InstanceRecord }) {
  if (restarts === undefined) return null;
  const { last, throttledUntil } = restarts;
  const counted = restartedWords(restarts);
  return (
    <p data-restarts={restarts.count} className="figure break-words">
      {throttledUntil === undefined ? null : <NextTask untilMs={throttledUntil} />}
      {throttledUntil === undefined || counted.length === 0 ? "" : ", "}
      {counted}
      {last === undefined ? null : (
        <>
          {throttledUntil === undefined && counted.length === 0 ? "" : "; "}the last one {last.taskState}{" "}
          <Ago sinceMs={last.at} />
          {last.reason ? `: ${last.reason}` : ""}
          <span className="text-xs text-soft">
            {" "}
            · task <span className="font-mono break-all">{last.taskId}</span>
          </span>
        </>
      )}
    </p>
  );
}

/** A use is written down when something else is: how old it is has to be seen. */
function Resources({ record: { resources, updatedAt } }: { record: InstanceRecord }) {
  if (resources === undefined) return null;
  const words = resourceWords(resources);
  const { notEnforced = [] } = resources;
  return (
    <div data-resources className="figure">
      {words.length === 0 ? null : (
        <p>
          {words.map(({ name, over, words }, index) => (
            <span key={name} data-resource={name} data-over={over || undefined}>
              {index === 0 ? "" : <span className="text-soft"> · </span>}
              <span
                className={over ? "text-attention" : ""}
                title={over ? "More than it may use" : undefined}
              >
                {words}
              </span>
            </span>
          ))}
          <span className="text-xs text-soft">
            {" "}
            · as of <Ago sinceMs={updatedAt} />
          </span>
        </p>
      )}
      {notEnforced.length === 0 ? null : (
        <p className="text-xs break-words text-soft">not enforced here: {notEnforced.join("; ")}</p>
      )}
    </div>
  );
}
