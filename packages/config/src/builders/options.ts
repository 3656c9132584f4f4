/** A flag (`"server"`), or names and their values: `{ Xmx: "1g" }`. A value that says nothing leaves a flag. */
export type Option = string | Readonly<Record<string, string | number | boolean | null | undefined>>;

/** `java_options("server", { jar: "web.jar" })` is `-server -jar web.jar`. */
export function java_options(...options: readonly Option[]): string {
  return render(options, "-");
}

/** As `java_options`, with two dashes before names longer than a letter. */
export function python_options(...options: readonly Option[]): string {
  return render(options, "--");
}

function render(options: readonly Option[], long: string): string {
  const flag = (name: string) => `${name.length === 1 ? "-" : long}${name}`;
  return options
    .flatMap((option) => Object.entries(typeof option === "string" ? { [option]: undefined } : option))
    .map(([name, value]) => (value ? `${flag(name)} ${value}` : flag(name)))
    .join(" ");
}
