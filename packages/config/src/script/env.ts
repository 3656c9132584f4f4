/** Of the process that runs a configuration, whose own is empty. */
export function setEnvironment(environment: Readonly<Record<string, string>>): void {
  Object.assign(process.env, environment);
}
