const ROWS = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/** The size of what comes, so that nothing jumps. */
export function JobsSkeleton() {
  return (
    <div className="space-y-2 py-3" role="status" aria-label="Loading" data-notice="loading">
      <div className="skeleton h-6 w-96 max-w-full" />
      <div className="skeleton h-7 w-full max-w-2xl" />
      <div className="rounded-lg border border-line bg-panel">
        {ROWS.map((row) => (
          <div
            key={row}
            className="flex h-[34px] items-center gap-4 border-b border-line px-3 last:border-b-0"
          >
            <div className="skeleton h-3 w-28" />
            <div className="skeleton h-3 w-40" />
            <div className="skeleton h-3 flex-1" />
          </div>
        ))}
      </div>
    </div>
  );
}
