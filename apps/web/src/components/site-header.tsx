import Link from "next/link";
import { FreshnessChip } from "../features/source/freshness-chip.tsx";
import type { Theme } from "./theme.ts";
import { ThemeToggle } from "./theme-toggle.tsx";

export function SiteHeader({ theme }: { theme: Theme }) {
  return (
    <header className="sticky top-0 z-30 flex h-11 items-center gap-3 border-b border-line bg-panel px-3 sm:px-4">
      <Link href="/jobs" prefetch={false} className="flex items-center gap-2 font-medium">
        <Aurora />
        <span className="max-sm:sr-only">Borealis</span>
      </Link>
      <nav aria-label="Main">
        <Link
          href="/jobs"
          prefetch={false}
          className="rounded px-2 py-1 text-soft hover:bg-raised hover:text-ink"
        >
          Jobs
        </Link>
      </nav>
      <div className="ml-auto flex min-w-0 items-center gap-2">
        <FreshnessChip />
        <ThemeToggle initial={theme} />
      </div>
    </header>
  );
}

function Aurora() {
  return (
    <svg viewBox="0 0 20 20" className="size-5 text-accent" aria-hidden="true">
      <path
        d="M2 14c3-7 5-9 7-4s4 5 9-6M2 18c4-5 6-5 8-3s4 2 8-5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
    </svg>
  );
}
