/** Requests by time: one row each, versions and errors told apart by their character, so that no colour is needed. */
import type { Answer } from "./load.ts";

export interface Paint {
  (colour: "green" | "yellow" | "red" | "dim" | "bold", text: string): string;
}

export interface Chart {
  /** The two versions that answer. */
  readonly good: string;
  readonly bad: string;
  readonly answers: readonly Answer[];
  /** From which seconds are counted, milliseconds since the epoch. Rows are cut so that it begins one of them. */
  readonly zero: number;
  readonly rowMs: 500 | 1000;
  readonly marks: readonly { readonly at: number; readonly text: string }[];
}

const BAR = 26;

interface Row {
  readonly at: number;
  readonly good: number;
  readonly bad: number;
  readonly errors: number;
  readonly failed: number;
}

export function chartLines(chart: Chart, paint: Paint): readonly string[] {
  const rows = rowsOf(chart);
  const most = Math.max(1, ...rows.map(total));
  const each = chart.rowMs === 1000 ? "second" : "half second";
  const legend = `answers in each ${each}, part of ${chart.bad}:  ${paint("green", "█")} ${chart.good}   ${paint("yellow", "▒")} ${chart.bad}   ${paint("red", "×")} its errors`;
  return [
    legend,
    ...rows.map((row) => {
      const mark = chart.marks.filter(({ at }) => at >= row.at && at < row.at + chart.rowMs).map(({ text }) => `<- ${text}`);
      const label = `${((row.at - chart.zero) / 1000).toFixed(1)} s`.padStart(8);
      return [label, bar(row, most, paint), notes(row), ...mark].join("  ").trimEnd();
    }),
  ];
}

function rowsOf(chart: Chart): readonly Row[] {
  const { answers, rowMs, zero } = chart;
  const rowAt = ({ at }: Answer): number => Math.floor((at - zero) / rowMs);
  const [first, last] = [answers[0], answers.at(-1)];
  if (first === undefined || last === undefined) return [];
  const numbers = Array.from({ length: rowAt(last) - rowAt(first) + 1 }, (_, index) => rowAt(first) + index);
  return numbers.map((number) => countRow(chart, zero + number * rowMs, answers.filter((answer) => rowAt(answer) === number)));
}

function countRow({ bad, good }: Chart, at: number, answers: readonly Answer[]): Row {
  const count = (isMeant: (answer: Answer) => boolean): number => answers.filter(isMeant).length;
  return {
    at,
    good: count(({ outcome, version }) => outcome === "ok" && version === good),
    bad: count(({ outcome, version }) => outcome === "ok" && version === bad),
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
  const all = total(row);
  const part = all === 0 ? "" : `${Math.round((100 * (row.bad + row.errors)) / all)}%`;
  return `${String(all).padStart(4)}  ${part.padStart(4)}  ${wrong.padEnd(7)}`;
}
