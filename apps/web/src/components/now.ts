"use client";

import { createContext, useCallback, useContext, useSyncExternalStore } from "react";

/** The server's clock when it made the page: what the browser shows first must be what the server wrote. */
export const RenderedAt = createContext(0);

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let aheadMs = 0;

/** Ages are counted by the server's clock: a laptop whose clock is wrong shows the same as the next one. */
export function setServerNow(nowMs: number): void {
  aheadMs = nowMs - Date.now();
}

export function serverNow(): number {
  return Date.now() + aheadMs;
}

function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const notify of [...listeners]) notify();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** A text that changes with time. The component renders again only when the text does. */
export function useTimedText(format: (nowMs: number) => string): string {
  const renderedAt = useContext(RenderedAt);
  const now = useCallback(() => format(serverNow()), [format]);
  return useSyncExternalStore(onTick, now, () => format(renderedAt));
}
