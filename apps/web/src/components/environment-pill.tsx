/** Production has to be seen before anything is typed. */
export function EnvironmentPill({ environment }: { environment: string }) {
  const look =
    environment === "prod"
      ? "border-l-[3px] border-l-bad font-medium text-ink"
      : environment.startsWith("staging")
        ? "border-l-[3px] border-l-attention text-ink"
        : "text-soft";
  return (
    <span
      className={`inline-block max-w-full truncate rounded border border-edge px-1.5 align-middle text-xs leading-[17px] ${look}`}
      title={environment}
    >
      {environment}
    </span>
  );
}
