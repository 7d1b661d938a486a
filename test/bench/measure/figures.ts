/**
 * What a bench has to say. Each figure is one line on stdout that starts with "= ", which is how scripts/prove.js finds
 * it among everything else; a figure with a broken bound starts with "! ".
 */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** It must not be above this. A goal is told; only a bound breaks the run. */
  readonly atMost?: { readonly value: number; readonly kind: "bound" | "goal" } | undefined;
}

/** Prints them all; answers the exit code: 1 where a bound is broken. */
export function tell(figures: readonly Figure[]): number {
  for (const figure of figures) console.log(describe(figure));
  return figures.some(isBroken) ? 1 : 0;
}

function describe(figure: Figure): string {
  const { atMost, name, unit, value } = figure;
  const limit = atMost === undefined ? "" : ` (${atMost.kind} ${format(atMost.value)} ${unit}${value <= atMost.value ? "" : ": missed"})`;
  return `${isBroken(figure) ? "!" : "="} ${name}: ${format(value)} ${unit}${limit}`;
}

/** Not a number is no proof. */
function isBroken({ atMost, value }: Figure): boolean {
  return atMost?.kind === "bound" && !(value <= atMost.value);
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
