"use client";

import { useEffect, useRef, useState } from "react";

interface Props {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly className: string;
}

/** Holds what is being typed: the URL follows a moment later and must not take letters back. */
export function FilterBox({ text, onChange, className }: Props) {
  const box = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(text);
  useEffect(() => focusOnSlash(box.current), []);
  useEffect(() => {
    if (document.activeElement !== box.current) setTyped(text);
  }, [text]);
  return (
    <input
      ref={box}
      type="search"
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(event.target.value);
      }}
      onKeyDown={(event) => (event.key === "Escape" ? event.currentTarget.blur() : undefined)}
      aria-label="Filter jobs"
      aria-keyshortcuts="/"
      placeholder="Filter: role: env: host: health: task:   ( / )"
      spellCheck={false}
      autoComplete="off"
      className={className}
    />
  );
}

function focusOnSlash(box: HTMLInputElement | null): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLElement && event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    box?.focus();
    box?.select();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
