/** What the demo knows when its story is over. All times are milliseconds since the epoch. */
import type { Answer } from "./load.ts";
import type { Ran } from "./rollpin.ts";

export const GOOD = "1.0.0";
export const BAD = "2.0.0";

export interface Facts {
  readonly service: string;
  readonly instances: readonly string[];
  readonly answers: readonly Answer[];
  /** `rollpin pin <service> 2.0.0`. */
  readonly pin: Ran;
  readonly rollback: Ran;
  /** When the rollback's transaction was committed, as history has it. */
  readonly committedAt: number | undefined;
  /** What rollpin itself says at the end. */
  readonly running: Readonly<Record<string, number>>;
  readonly verdict: string | undefined;
}

export interface Sight {
  readonly instance: string;
  readonly at: number;
}

/** The first answer of the good version from each instance after the rollback began, earliest first. */
export function whenBack({ answers, rollback }: Pick<Facts, "answers" | "rollback">): readonly Sight[] {
  const seen = new Map<string, number>();
  for (const { at, instance, version } of answers) {
    if (version === GOOD && at >= rollback.startedAt && !seen.has(instance)) seen.set(instance, at);
  }
  return [...seen].map(([instance, at]) => ({ instance, at })).sort((a, b) => a.at - b.at);
}

/** Answers that were errors, in their order. */
export function errorsOf({ answers }: Pick<Facts, "answers">): readonly Answer[] {
  return answers.filter(({ outcome }) => outcome === "error");
}
