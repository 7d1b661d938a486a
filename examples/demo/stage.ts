/** What the acts of the story share: who plays, and how a command is typed. */
import { systemClock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { DemoConsul } from "./consul.ts";
import { answersOfBad, errorsOf } from "./facts.ts";
import type { Fleet } from "./fleet.ts";
import type { Load } from "./load.ts";
import { waitFor } from "./patience.ts";
import type { Ran, RunRollpin } from "./rollpin.ts";

export interface Scene {
  readonly consul: DemoConsul;
  readonly load: Load;
  readonly run: RunRollpin;
  /** How long each act lasts. */
  readonly seconds: number;
  /** A line for the person who watches. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The canary's. */
export interface Stage extends Scene {
  readonly fleet: Fleet;
}

export const COME_UP_MS = 20_000;
/** Enough for an operator to see that it is no coincidence. */
const ERRORS_SEEN = 10;
/** With the fewest requests that one can ask for, a canary needs twenty seconds for them. */
const ERRORS_MS = 60_000;

/** Shows the command, runs it, shows what it said. That it was not carried out everywhere is for the checks to judge. */
export async function type(scene: Scene, words: readonly string[]): Promise<Result<Ran, string>> {
  const { run, say, signal } = scene;
  if (signal.aborted) return err("interrupted");
  const ran = await run(withPrefix(scene, words));
  say(`\n  $ ${ran.typed}`);
  for (const line of ran.stdout.trimEnd().split("\n")) say(`  ${line}`);
  say("");
  if (signal.aborted) return err("interrupted");
  return ran.exit === 0 || ran.exit === 5 ? ok(ran) : err(`${ran.typed} ended with exit ${ran.exit ?? "by a signal"}: ${ran.stderr.trim()}`);
}

/** In a Consul that is shared the demo keeps to a prefix of its own. */
export function withPrefix({ consul }: Scene, words: readonly string[]): readonly string[] {
  return consul.prefix === "rollpin" ? words : [...words, "--prefix", consul.prefix];
}

/** Lets what stands now go on for an act. */
export function goOn({ seconds, signal }: Scene): Promise<void> {
  return systemClock.sleep(seconds * 1000, signal);
}

/** Until clients have seen more errors than those that were there. */
export function waitForErrors({ load, signal }: Scene): Promise<Result<true, string>> {
  const before = errorsOf(load).length;
  return waitFor(`clients see ${ERRORS_SEEN} errors`, ERRORS_MS, signal, () => (errorsOf(load).length >= before + ERRORS_SEEN ? true : undefined));
}

/** `9 of 44` answers of the bad version, of those that came since. */
export function describeErrors({ load }: Scene, since: number): string {
  const answers = answersOfBad(load).filter(({ at }) => at >= since);
  return `${errorsOf({ answers }).length} of ${answers.length}`;
}
