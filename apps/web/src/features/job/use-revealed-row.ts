"use client";

import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { InstanceView } from "../jobs/model/instance-view.ts";

/**
 * Does what a link does to rows of which only some are drawn: scrolls there, marks the row, goes on from there with
 * the keyboard, and stands in the address bar. A page that is opened with such an address begins there.
 */
export function useRevealedRow(
  instances: readonly InstanceView[],
  scrollTo: ((index: number) => void) | undefined,
): readonly [string | undefined, (name: string) => void] {
  const [revealed, setRevealed] = useState<string>();
  const toFocus = useRef<string>(undefined);
  const ready = scrollTo !== undefined;

  const reveal = (name: string) => {
    const index = instances.findIndex((instance) => instance.name === name);
    if (index < 0 || scrollTo === undefined) return;
    toFocus.current = name;
    setRevealed(name);
    scrollTo(index);
    window.history.replaceState(null, "", instanceHash(name));
  };

  const begin = useEffectEvent(() => {
    const { hash } = window.location;
    const wanted = instances.find(({ name }) => instanceHash(name) === hash);
    if (wanted !== undefined) reveal(wanted.name);
  });
  useEffect(() => {
    if (ready) begin();
  }, [ready]);

  // After every drawing: the row may be among those that have just come.
  useEffect(() => {
    const row = toFocus.current === undefined ? null : document.getElementById(`instance-${toFocus.current}`);
    if (row === null) return;
    toFocus.current = undefined;
    row.querySelector("button")?.focus({ preventScroll: true });
  });

  return [revealed, reveal];
}

export function instanceHash(name: string): string {
  return `#instance-${encodeURIComponent(name)}`;
}
