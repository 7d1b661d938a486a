/** One thing that is wrong with a file that a person wrote. */
export interface ConfigError {
  /** What is wrong and what to write instead. */
  readonly message: string;
  /** `appliers[0].process.drain`; empty for the file as a whole. */
  readonly path: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** `rollpin.yaml:12:5: appliers[0].process.drain: "5" is not a duration ...`, as editors and terminals can jump to. */
export function renderConfigError(error: ConfigError): string {
  const place = error.path === "" ? "" : `${error.path}: `;
  return `${error.file}:${error.line}:${error.column}: ${place}${error.message}`;
}

export type Path = readonly PropertyKey[];

/** A problem inside a value, before it is known where that stands in the file. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** Whether the place to show is the last key itself rather than its value. */
  readonly atKey?: boolean | undefined;
}

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export function renderPath(path: Path): string {
  return path.reduce<string>((text, step) => text + renderStep(text, step), "");
}

function renderStep(before: string, step: PropertyKey): string {
  if (typeof step === "number") return `[${step}]`;
  const name = String(step);
  if (!PLAIN.test(name)) return `[${JSON.stringify(name)}]`;
  return before === "" ? name : `.${name}`;
}
