/** The host's side: what a configuration may know of the environment. Ours may hold secrets. */
export function environmentFor(given: Readonly<Record<string, string>> | undefined): Record<string, string> {
  if (given !== undefined) return { ...given };
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("BOREALIS_"));
  return Object.fromEntries(inherited.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The child's side: its own is empty. */
export function setEnvironment(environment: Readonly<Record<string, string>>): void {
  Object.assign(process.env, environment);
}
