/**
 * How often the analyser of call chains is right, by how many records are lost and how many versions are bad, with and
 * without faults that are no version's. Figures and bounds as `npm run prove` reads them.
 */
import { parseArgs } from "node:util";
import { type Outcome, playScenario } from "./chain/scenario.ts";

const { values: flags } = parseArgs({ options: { each: { type: "string", default: "40" }, seed: { type: "string", default: "1" }, verbose: { type: "boolean", default: false } } });
/** Where there is a bound, five times as many. */
const EACH = Number(flags.each);
const MORE = 5;
const SIZES = [10, 30, 80, 200];
const LOST = [0, 0.001, 0.01, 0.05];
const LATE = 0.05;

interface Score {
  right: number;
  blamedRightly: number;
  blamedWrongly: number;
  missed: number;
  unchanged: number;
  spans: number;
}

console.log("= lost  bad versions  other faults  scenarios  all right  precision  recall  unchanged blamed");
for (const lost of LOST) for (const versionFaults of [0, 1, 2, 3]) for (const otherFaults of [0, 2]) report(lost, versionFaults, otherFaults);

function report(lost: number, versionFaults: number, otherFaults: number): void {
  const score: Score = { right: 0, blamedRightly: 0, blamedWrongly: 0, missed: 0, unchanged: 0, spans: 0 };
  const isBound = versionFaults === 1 && otherFaults === 0 && lost <= 0.01;
  const each = isBound ? MORE * EACH : EACH;
  for (let turn = 0; turn < each; turn += 1) {
    const seed = Number(flags.seed) * 1_000_000 + Math.round(lost * 1000) * 10_000 + versionFaults * 2_000 + otherFaults * 500 + turn;
    const outcome = playScenario({ seed, services: SIZES[turn % SIZES.length] ?? 10, versionFaults, otherFaults, lost, late: LATE });
    count(score, outcome);
    if (flags.verbose && (!isRight(outcome) || outcome.blamedUnchanged.length > 0)) console.log(`seed ${seed}: ${outcome.described} | blamed ${outcome.blamed.join(",")}, unchanged ${outcome.blamedUnchanged.join(",")} | ${[...outcome.causes].map((pair) => pair.join("=")).join(" ")}`);
  }
  const share = (part: number, all: number): string => (all === 0 ? "-" : `${((100 * part) / all).toFixed(1)}%`).padStart(9);
  console.log(`= ${`${lost * 100}%`.padEnd(5)} ${String(versionFaults).padStart(12)} ${String(otherFaults).padStart(13)} ${String(each).padStart(10)} ${share(score.right, each).padStart(10)} ${share(score.blamedRightly, score.blamedRightly + score.blamedWrongly).padStart(10)} ${share(score.blamedRightly, score.blamedRightly + score.missed).padStart(7)} ${String(score.unchanged).padStart(9)}`);
  if (score.unchanged > 0) broken(`a version that nobody changed was blamed ${score.unchanged} times`);
  if (isBound && score.right < 0.99 * each) broken(`right in ${score.right} of ${each}, which is less than 99%`);
}

function count(score: Score, outcome: Outcome): void {
  const { blamed, blamedUnchanged, faulty, spans } = outcome;
  if (isRight(outcome)) score.right += 1;
  const rightly = blamed.filter((name) => faulty.includes(name)).length;
  score.blamedRightly += rightly;
  score.blamedWrongly += blamed.length - rightly;
  score.missed += faulty.length - rightly;
  score.unchanged += blamedUnchanged.length;
  score.spans += spans;
}

function isRight({ blamed, faulty }: Outcome): boolean {
  return blamed.length === faulty.length && blamed.every((name) => faulty.includes(name));
}

function broken(what: string): void {
  console.log(`! ${what}`);
  process.exitCode = 1;
}
