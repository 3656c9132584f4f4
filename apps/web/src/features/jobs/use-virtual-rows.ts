"use client";

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";

/** Fewer rows are simply all there: find-in-page and screen readers get the whole table. */
const VIRTUAL_FROM = 200;
const OVERSCAN = 16;
/** What is written before the browser can measure anything. */
const FIRST_ROWS = 60;

export interface VirtualRows {
  readonly indexes: readonly number[];
  readonly heightBefore: number;
  readonly heightAfter: number;
  readonly headRef: React.RefObject<HTMLTableSectionElement | null>;
  readonly measure: (row: Element | null) => void;
  /** Brings a row into the middle of the window; absent while all rows are there and a link can do it. */
  readonly scrollTo: ((index: number) => void) | undefined;
}

/** Whether of that many rows only those are drawn that are near. */
export function isVirtual(count: number): boolean {
  return count > VIRTUAL_FROM;
}

/** Which rows to draw of a table that scrolls with the window. `keyOf` keeps measured heights with their rows. */
export function useVirtualRows(
  count: number,
  rowHeight: number,
  keyOf: (index: number) => string,
): VirtualRows {
  const headRef = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState<number>();
  const virtual = isVirtual(count);
  useLayoutEffect(() => {
    if (!virtual) return;
    // What is above the rows grows and shrinks, another long table for one.
    const observer = new ResizeObserver(() => setTop(topOfRows(headRef.current)));
    observer.observe(document.body);
    setTop(topOfRows(headRef.current));
    return () => observer.disconnect();
  }, [virtual]);
  const virtualizer = useWindowVirtualizer({
    count,
    enabled: virtual && top !== undefined,
    estimateSize: () => rowHeight,
    getItemKey: keyOf,
    overscan: OVERSCAN,
    scrollMargin: top ?? 0,
  });
  if (!virtual || top === undefined) {
    const indexes = Array.from({ length: virtual ? FIRST_ROWS : count }, (_, index) => index);
    return { indexes, heightBefore: 0, heightAfter: 0, headRef, measure: () => {}, scrollTo: undefined };
  }
  const items = virtualizer.getVirtualItems();
  const first = items[0];
  const last = items.at(-1);
  return {
    indexes: items.map(({ index }) => index),
    heightBefore: first === undefined ? 0 : first.start - top,
    heightAfter: last === undefined ? 0 : virtualizer.getTotalSize() - (last.end - top),
    headRef,
    measure: virtualizer.measureElement,
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: "center" }),
  };
}

function topOfRows(head: HTMLTableSectionElement | null): number | undefined {
  const table = head?.closest("table");
  // Not where the head is: it sticks.
  return head && table
    ? Math.round(table.getBoundingClientRect().top + window.scrollY + head.offsetHeight)
    : undefined;
}
