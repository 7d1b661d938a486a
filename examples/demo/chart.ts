/** Requests by half-second: one row each, versions and errors told apart by their character, so that no colour is needed. */
import { type Facts, BAD, GOOD } from "./facts.ts";
import type { Answer } from "./load.ts";

export interface Paint {
  (colour: "green" | "yellow" | "red" | "dim" | "bold", text: string): string;
}

const ROW_MS = 500;
const BAR = 32;

interface Row {
  readonly at: number;
  readonly good: number;
  readonly bad: number;
  readonly errors: number;
  readonly failed: number;
}

export function chartLines(facts: Facts, paint: Paint): readonly string[] {
  const rows = rowsOf(facts);
  const most = Math.max(1, ...rows.map(total));
  const marks = [
    { at: facts.pin.startedAt, text: `<- pin ${BAD}` },
    { at: facts.rollback.startedAt, text: "<- rollback" },
  ];
  const legend = `answers in each half second:  ${paint("green", "█")} ${GOOD}   ${paint("yellow", "▒")} ${BAD}   ${paint("red", "×")} errors of ${BAD}`;
  return [
    legend,
    ...rows.map((row) => {
      const mark = marks.filter(({ at }) => at >= row.at && at < row.at + ROW_MS).map(({ text }) => text);
      const label = `${((row.at - facts.rollback.startedAt) / 1000).toFixed(1)} s`.padStart(8);
      return [label, bar(row, most, paint), notes(row), ...mark].join("  ").trimEnd();
    }),
  ];
}

/** Rows are cut so that the rollback begins one of them. */
function rowsOf({ answers, rollback }: Facts): readonly Row[] {
  const rowAt = ({ at }: Answer): number => Math.floor((at - rollback.startedAt) / ROW_MS);
  const [first, last] = [answers[0], answers.at(-1)];
  if (first === undefined || last === undefined) return [];
  const numbers = Array.from({ length: rowAt(last) - rowAt(first) + 1 }, (_, index) => rowAt(first) + index);
  return numbers.map((number) => countRow(rollback.startedAt + number * ROW_MS, answers.filter((answer) => rowAt(answer) === number)));
}

function countRow(at: number, answers: readonly Answer[]): Row {
  const count = (isMeant: (answer: Answer) => boolean): number => answers.filter(isMeant).length;
  return {
    at,
    good: count(({ outcome, version }) => outcome === "ok" && version === GOOD),
    bad: count(({ outcome, version }) => outcome === "ok" && version === BAD),
    errors: count(({ outcome }) => outcome === "error"),
    failed: count(({ outcome }) => outcome === "failed"),
  };
}

function total({ bad, errors, failed, good }: Row): number {
  return good + bad + errors + failed;
}

/** Parts are cut at rounded sums, so that the bar's length is right; an error is never rounded away. */
function bar(row: Row, most: number, paint: Paint): string {
  const cell = (count: number): number => Math.round((count / most) * BAR);
  const wrong = row.errors + row.failed;
  const end = Math.max(cell(total(row)), wrong > 0 ? 1 : 0);
  const right = end - Math.max(wrong > 0 ? 1 : 0, end - cell(row.good + row.bad));
  const good = Math.min(cell(row.good), right);
  return paint("green", "█".repeat(good)) + paint("yellow", "▒".repeat(right - good)) + paint("red", "×".repeat(end - right)) + " ".repeat(BAR - end);
}

function notes(row: Row): string {
  const wrong = [row.errors > 0 ? `${row.errors} err` : "", row.failed > 0 ? `${row.failed} lost` : ""].filter((text) => text !== "").join(" ");
  return `${String(total(row)).padStart(4)}  ${wrong.padEnd(7)}`;
}
