import type { Clock } from "@borealis/clock";
import type { LiveEvent } from "./live-event.ts";

export interface StreamListeners {
  onEvent(event: LiveEvent): void;
  /** The server is not heard; called again and again while it is not. */
  onLost(): void;
}

interface Attempt {
  onData(envelope: { data: LiveEvent }): void;
  onConnectionStateChange(connection: { state: string; error: unknown }): void;
  onError(): void;
  onComplete(): void;
}

export type Subscribe = (attempt: Attempt) => { unsubscribe(): void };

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 4_000;

/**
 *   trying ──event──▶ open ──error──▶ trying again by itself
 *     ▲                 │ ended, or refused with an answer
 *     └──after a pause──┘
 *
 * An event source comes back by itself from a broken connection, but gives up for good when the answer is not a stream,
 * as while the server is being replaced. @returns what ends it.
 */
export function keepStream(
  subscribe: Subscribe,
  { onEvent, onLost }: StreamListeners,
  clock: Clock,
): () => void {
  let current: symbol | undefined;
  let failures = 0;
  let cancelRetry = () => {};
  let unsubscribe = () => {};

  const attempt = () => {
    const mine = Symbol();
    current = mine;
    // Ending a subscription makes it report its end: from an attempt that is over nothing is heard any more.
    const heard = (act: () => void) => (current === mine ? act() : undefined);
    const subscription = subscribe({
      onData: ({ data }) =>
        heard(() => {
          failures = 0;
          onEvent(data);
        }),
      onConnectionStateChange: ({ error, state }) =>
        heard(() => (state === "connecting" && error !== null ? onLost() : undefined)),
      onError: () => heard(again),
      onComplete: () => heard(again),
    });
    unsubscribe = () => subscription.unsubscribe();
  };
  const again = () => {
    current = undefined;
    onLost();
    cancelRetry = clock.after(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures), attempt);
    failures += 1;
    unsubscribe();
  };
  attempt();
  return () => {
    current = undefined;
    cancelRetry();
    unsubscribe();
  };
}
