"use client";

import { systemClock } from "@borealis/clock";
import { useEffect, useState } from "react";

/** A browser opens few connections to one server: a hidden tab gives its own back, and catches up when looked at. */
const HIDDEN_AFTER_MS = 5_000;

export function usePageVisible(): boolean {
  const [visible, setVisible] = useState(true);
  useEffect(() => {
    let cancel = () => {};
    const follow = () => {
      cancel();
      if (document.visibilityState === "visible") setVisible(true);
      else cancel = systemClock.after(HIDDEN_AFTER_MS, () => setVisible(false));
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      cancel();
      document.removeEventListener("visibilitychange", follow);
    };
  }, []);
  return visible;
}
