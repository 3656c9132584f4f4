/** What the process ends with: Aurora's numbers where Aurora had one. Documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  /** A negative answer: fewer members than asked for. */
  negative: 1,
  usage: 2,
  badConfig: 3,
  failed: 4,
  network: 7,
  timeout: 9,
  auth: 30,
  interrupted: 130,
} as const;
