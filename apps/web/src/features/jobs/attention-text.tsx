import { Ago } from "../../components/ago.tsx";
import type { Attention } from "./model/attention.ts";
import type { JobRow } from "./model/job-row.ts";
import { NextTask } from "./next-task.tsx";

/** "#1 failing for 4 min: HTTP 503" */
export function AttentionText({
  attention: { subject, predicate, sinceMs, untilMs, detail },
}: {
  attention: Attention;
}) {
  return (
    <>
      {subject} {predicate}
      {sinceMs === undefined ? null : (
        <>
          {" "}
          for <Ago sinceMs={sinceMs} as="for" />
        </>
      )}
      {untilMs === undefined ? null : (
        <>
          , <NextTask untilMs={untilMs} />
        </>
      )}
      {detail === undefined ? "" : `: ${detail}`}
    </>
  );
}

/** "2 of 3 instances healthy and announced; #1 failing for 4 min: HTTP 503" */
export function StatusSentence({ row }: { row: JobRow }) {
  return (
    <>
      {row.summary}
      {row.attention.map((attention) => (
        <span key={`${attention.subject} ${attention.predicate}`}>
          ; <AttentionText attention={attention} />
        </span>
      ))}
    </>
  );
}
