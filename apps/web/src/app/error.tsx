"use client";

import { Notice } from "../components/notice.tsx";

interface Props {
  readonly error: Error & { digest?: string };
  readonly retry: () => void;
}

export default function PageError({ error, retry }: Props) {
  return (
    <Notice tone="bad" state="page-error" title="This page could not be drawn">
      <p className="font-mono text-xs break-words text-ink">{error.digest ?? error.message}</p>
      <button
        type="button"
        onClick={retry}
        className="rounded border border-edge px-3 py-1 text-sm text-ink hover:bg-raised"
      >
        Try again
      </button>
    </Notice>
  );
}
