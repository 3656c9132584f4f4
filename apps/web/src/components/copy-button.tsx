"use client";

import { useState } from "react";

const SHOWN_MS = 1_500;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={label}
      title={label}
      className="rounded border border-line bg-panel px-2 text-xs leading-5 text-soft hover:border-edge hover:text-ink"
    >
      <span aria-live="polite">{copied ? "copied" : "copy"}</span>
    </button>
  );
}
