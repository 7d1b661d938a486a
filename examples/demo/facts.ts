/** What the demo knows when its story is over. All times are milliseconds since the epoch. */
import type { Answer } from "./load.ts";
import type { Ran } from "./rollpin.ts";

export const GOOD = "1.0.0";
export const BAD = "2.0.0";
/** Of the traffic, for the canary. */
export const SHARE = 25;

export interface Facts {
  readonly service: string;
  readonly instances: readonly string[];
  readonly answers: readonly Answer[];
  /** `rollpin route shift <service> 2.0.0 25%`, and `--back`. */
  readonly shift: Ran;
  readonly back: Ran;
  /** `rollpin pin <service> 2.0.0`. */
  readonly pin: Ran;
  readonly rollback: Ran;
  /** When the transactions of the two ways back were committed, as history has it. */
  readonly committedAt: { readonly back: number | undefined; readonly rollback: number | undefined };
  /** What rollpin itself says at the end. */
  readonly running: Readonly<Record<string, number>>;
  readonly verdict: string | undefined;
}

type Answers = Pick<Facts, "answers">;

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
export function errorsOf({ answers }: Answers): readonly Answer[] {
  return answers.filter(({ outcome }) => outcome === "error");
}

export function answersOfBad({ answers }: Answers): readonly Answer[] {
  return answers.filter(({ version }) => version === BAD);
}

/** Before the whole fleet was given the bad version only the canary could answer by it. */
export function canaryAnswers({ answers, pin }: Pick<Facts, "answers" | "pin">): readonly Answer[] {
  return answers.filter(({ at }) => at < pin.startedAt);
}

export function fleetAnswers({ answers, pin }: Pick<Facts, "answers" | "pin">): readonly Answer[] {
  return answers.filter(({ at }) => at >= pin.startedAt);
}

/** Sent while routers were known to give the canary its share: after the receipt, and answered before the way back began. */
export function sharedAnswers({ answers, back, shift }: Pick<Facts, "answers" | "back" | "shift">): readonly Answer[] {
  return answers.filter(({ at, sentAt }) => sentAt >= shift.endedAt && at < back.startedAt);
}
