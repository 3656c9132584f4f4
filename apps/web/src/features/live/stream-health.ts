"use client";

import { createContext, useContext } from "react";

/** Whether this browser hears from the dashboard's server, which is another question than whether that hears ZooKeeper. */
export type StreamHealth =
  | { readonly state: "connecting" }
  | { readonly state: "open" }
  | { readonly state: "lost"; readonly sinceMs: number };

export const StreamHealthContext = createContext<StreamHealth>({ state: "connecting" });

export function useStreamHealth(): StreamHealth {
  return useContext(StreamHealthContext);
}
