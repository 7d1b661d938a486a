/** A figure against its bounds. */

export interface Bounds {
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

export type Figure = { readonly says: "bad" | "good"; readonly value: number; readonly words: string } | { readonly says: "no-data"; readonly why: string };

/** `values`: of all series, as Prometheus writes numbers. A figure that isn't one says nothing: 0/0 is what no traffic looks like. */
export function judgeThreshold(values: readonly string[], { above, below }: Bounds): Figure {
  const [text] = values;
  if (text === undefined) return nothing('the query finds nothing: is there traffic, and are the labels right? Where no series means none, write "or vector(0)" after it');
  if (values.length > 1) return nothing(`the query gives ${values.length} series where one number is needed: put sum(...) or max(...) around it`);
  if (text === "NaN") return nothing("the query gives NaN, which is what 0/0 comes to without traffic");
  const value = Number(text);
  if (!Number.isFinite(value)) return nothing(`the query gives ${text}, which is what a division by zero comes to`);
  const shown = showFigure(value);
  if (above !== undefined && value > above) return { says: "bad", value, words: `${shown}, above ${above}` };
  if (below !== undefined && value < below) return { says: "bad", value, words: `${shown}, below ${below}` };
  return { says: "good", value, words: `${shown}, ${[...(above === undefined ? [] : [`not above ${above}`]), ...(below === undefined ? [] : [`not below ${below}`])].join(" and ")}` };
}

function nothing(why: string): Figure {
  return { says: "no-data", why };
}

/** Four digits are enough to see by how much. */
function showFigure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
