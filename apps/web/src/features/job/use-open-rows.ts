"use client";

import { useCallback, useState } from "react";

/** Which rows are opened, by name: a row that is not drawn for a while comes back as it was. */
export function useOpenRows(): readonly [ReadonlySet<string>, (name: string) => void] {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((name: string) => {
    setOpen((before) => before.symmetricDifference(new Set([name])));
  }, []);
  return [open, toggle];
}
