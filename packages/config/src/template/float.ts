/** Python's 1.0, which is not its 1. JavaScript's are the same, so the first is wrapped. */
export interface Float {
  readonly float: number;
}

/** A plain `{"float": 1}` of a JSON text is a dictionary: only an object of a class of its own is a number. */
export function isFloat(value: unknown): value is Float {
  if (typeof value !== "object" || value === null || !("float" in value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype && typeof value.float === "number";
}

class PythonFloat implements Float {
  readonly float: number;

  constructor(float: number) {
    this.float = float;
  }
}

export function float(value: number): Float {
  return new PythonFloat(value);
}
