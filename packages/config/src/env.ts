/** What a configuration may know of our environment when it is given none. `BOREALIS_*` may hold secrets. */
export function environmentFor(
  given: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  if (given !== undefined) return given;
  const ours = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("BOREALIS_"),
  );
  return Object.fromEntries(ours);
}
