import type { AuditRow } from "../../model/audit-row.ts";
import { messageOf } from "../../model/message-of.ts";
import { parseRow } from "./parse-row.ts";
import { readLines } from "./read-lines.ts";

/** A line that is no row of an audit log: where it stands, and why. */
export interface BadLine {
  readonly place: string;
  readonly why: string;
}

export interface RowsRead {
  readonly rows: number;
  readonly badLines: number;
  /** The first of these. */
  readonly bad: readonly BadLine[];
}

const MOST_BAD = 10;

/** Reads files one after the other. What can't be read is counted and named, and the rest goes on: it is a log in an incident. */
export async function readRows(files: readonly string[], onRow: (row: AuditRow, atMs: number, place: string) => void, signal: AbortSignal): Promise<RowsRead> {
  let [rows, badLines] = [0, 0];
  const bad: BadLine[] = [];
  const isBad = (place: string, why: string): void => {
    badLines += 1;
    if (bad.length < MOST_BAD) bad.push({ place, why });
  };
  for (const file of files) {
    try {
      await readLines(
        file,
        (line, number) => {
          if (line?.trim() === "") return;
          const place = `${file}:${number}`;
          const row = parseRow(line);
          if (!row.ok) return isBad(place, row.fault);
          rows += 1;
          onRow(row.value, Date.parse(row.value.at), place);
        },
        signal,
      );
    } catch (error) {
      if (signal.aborted) throw error;
      isBad(file, `it can't be read to its end: ${messageOf(error)}`);
    }
  }
  return { rows, badLines, bad };
}
