/** Inputs that nobody wrote: well-formed ones, broken again and again. The same seed gives the same inputs. */
import { seededRandom } from "../../support/random.ts";

const FRAGMENTS = ["{", "}", "[", "]", '"', ":", ",", "\n", "\t", "- ", "&a ", "*a", "<<: ", "!!js ", "---\n", "\u0000", "\u2028", "\ud800", "__proto__", "constructor", "1e999", "-0", "null", "true", "../", "${x}", "{{version}}", "%00", "\r\n", "\\u0000", "0".repeat(40), "^", ">=", " || ", "9".repeat(20), "é", "\ufeff"];
const MOST_STEPS = 8;
const LONGEST = 16 * 1024;

export interface Inputs {
  /** The next one. */
  next(seeds: readonly string[]): string;
  /** A whole number below `end`. */
  below(end: number): number;
}

export function createInputs(seed: number): Inputs {
  const random = seededRandom(seed);
  const below = (end: number): number => Math.floor(random() * end);
  const pick = <T>(from: readonly T[], otherwise: T): T => from[below(from.length)] ?? otherwise;
  const steps: readonly ((text: string, at: number) => string)[] = [
    (text, at) => text.slice(0, at) + pick(FRAGMENTS, "") + text.slice(at),
    (text, at) => text.slice(0, at) + text.slice(at + 1 + below(20)),
    (text, at) => text.slice(0, at),
    (text, at) => text.slice(0, at) + String.fromCharCode(below(0x10000)) + text.slice(at + 1),
    (text, at) => text + text.slice(at),
    (text, at) => text.slice(0, at) + pick(FRAGMENTS, "").repeat(1 + below(500)) + text.slice(at),
  ];
  return {
    below,
    next(seeds) {
      let text = pick(seeds, "");
      for (let left = below(MOST_STEPS); left > 0; left -= 1) text = pick(steps, (same) => same)(text, below(text.length + 1)).slice(0, LONGEST);
      return text;
    },
  };
}
