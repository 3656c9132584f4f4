export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** `text` is the name with its labels, as written. */
  readonly samples: readonly { readonly text: string; readonly value: number }[];
}

/** Reads Prometheus' text format, as far as we write it; throws at anything else. */
export function parseExposition(text: string): Family[] {
  const families: (Family & { samples: { text: string; value: number }[] })[] = [];
  let help: RegExpMatchArray | null = null;
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    const sample = /^([a-z_]+)(\{(?:[a-z_]+="[^"\\]*",?)+\})? (\S+)$/.exec(line);
    const family = families.at(-1);
    if (line.startsWith("# HELP ")) help = /^# HELP (\S+) (.+)$/.exec(line);
    else if (type !== null && type[1] === help?.[1]) {
      families.push({ name: type[1] ?? "", type: type[2] ?? "", help: help?.[2] ?? "", samples: [] });
    } else if (family !== undefined && sample?.[1]?.startsWith(family.name)) {
      const value = Number(sample[3]);
      if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
      family.samples.push({ text: `${sample[1]}${sample[2] ?? ""}`, value });
    } else throw new Error(`not Prometheus' text format: ${line}`);
  }
  return families;
}
