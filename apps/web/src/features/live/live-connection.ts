"use client";

import { systemClock } from "@borealis/clock";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { serverNow, setServerNow } from "../../components/now.ts";
import { applyEvent, type LiveKeys, oldestCursor } from "./apply-event.ts";
import { type Cursor, cursorText } from "./live-event.ts";
import { keepStream, type StreamListeners, type Subscribe } from "./live-stream.ts";
import type { StreamHealth } from "./stream-health.ts";
import { useTRPC, useTRPCClient } from "./trpc.ts";
import { usePageVisible } from "./use-page-visible.ts";

/** Keeps the one stream of this page open and puts what it tells into the queries' data. */
export function useLiveConnection(): StreamHealth {
  const client = useTRPCClient();
  const queries = useQueryClient();
  const trpc = useTRPC();
  const visible = usePageVisible();
  const cursor = useRef<Cursor>(undefined);
  const [health, setHealth] = useState<StreamHealth>({ state: "connecting" });

  useEffect(() => {
    if (!visible) return;
    const keys: LiveKeys = {
      list: trpc.jobs.list.queryKey(),
      job: trpc.jobs.get.queryKey(),
      status: trpc.source.status.queryKey(),
    };
    const subscribe: Subscribe = (attempt) => {
      const since = cursor.current ?? oldestCursor(queries, keys);
      return client.live.subscribe(since === undefined ? {} : { since: cursorText(since) }, attempt);
    };
    const listeners: StreamListeners = {
      onEvent(event) {
        cursor.current = event.cursor;
        setServerNow(event.source.nowMs);
        applyEvent(event, queries, keys);
        setHealth((before) => (before.state === "open" ? before : { state: "open" }));
      },
      onLost() {
        setHealth((before) => (before.state === "lost" ? before : { state: "lost", sinceMs: serverNow() }));
      },
    };
    let ended = false;
    let close = () => {};
    // What the page already asks for is waited for: it brings the cursor, and the stream then brings only news.
    const asked = queries.getQueryCache().findAll({ fetchStatus: "fetching" });
    void Promise.allSettled(asked.map((query) => query.promise)).then(() => {
      if (!ended) close = keepStream(subscribe, listeners, systemClock);
    });
    return () => {
      ended = true;
      close();
    };
  }, [client, queries, trpc, visible]);

  return health;
}
