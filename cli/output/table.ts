import { visible, widthOf } from "./screen.ts";

/** Rows under a head, columns as wide as their widest cell, two spaces between, nothing after the last. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ""))));
  return all.map((row) => line(row, widths)).join("\n");
}

function line(row: readonly string[], widths: readonly number[]): string {
  return row.map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))).join("  ").trimEnd();
}

/** Wraps words so that no line is longer than `columns` where words allow it; the first keeps its own indent, the others get `indent`. */
export function wrap(text: string, columns: number, indent: string): string {
  // In UTF-16 it is never shorter than it is wide.
  if (text.length <= columns) return text;
  const words = text.trimStart();
  const lines: string[] = [];
  let current = text.slice(0, text.length - words.length);
  let empty = true;
  for (const word of words.split(" ")) {
    const longer = empty ? current + word : `${current} ${word}`;
    if (!empty && widthOf(longer) > columns) {
      lines.push(current);
      current = indent + word;
    } else current = longer;
    empty = false;
  }
  return [...lines, current].join("\n");
}

/** As `wrap`, for text of several lines, each made visible: those after the first, such as what a process printed last, stand below it. */
export function wrapLines(text: string, columns: number, indent: string): string {
  const [first = "", ...rest] = text.split("\n");
  return [wrap(visible(first), columns, indent), ...rest.map((line) => wrap(`${indent}${visible(line)}`, columns, `${indent}  `))].join("\n");
}
