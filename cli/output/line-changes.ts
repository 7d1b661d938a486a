/** One line that only one of two texts has; `line` counts from 1 in the text it stands in. */
export interface LineChange {
  readonly sign: "-" | "+";
  readonly line: number;
  readonly text: string;
}

/**
 * What differs between two texts, by line. What both share at the start and the end is set aside; in between, a line is
 * unchanged where the other side has it too (as often). Lines that only moved show up as removed and added.
 */
export function lineChanges(before: string | undefined, after: string | undefined): readonly LineChange[] {
  if (before === after) return [];
  const old = linesOf(before);
  const now = linesOf(after);
  const start = sharedStart(old, now);
  const end = sharedEnd(old.slice(start), now.slice(start));
  const oldMiddle = old.slice(start, old.length - end);
  const newMiddle = now.slice(start, now.length - end);
  const removed = without(oldMiddle, newMiddle, "-", start);
  const added = without(newMiddle, oldMiddle, "+", start);
  const moved = removed.length === 0 && added.length === 0;
  const changes = moved ? [...all(oldMiddle, "-", start), ...all(newMiddle, "+", start)] : [...removed, ...added];
  return changes.sort((a, b) => a.line - b.line || (a.sign === b.sign ? 0 : a.sign === "-" ? -1 : 1));
}

/** `+3 -1 lines`. */
export function countChanges(changes: readonly LineChange[]): string {
  const added = changes.filter((change) => change.sign === "+").length;
  return `+${added} -${changes.length - added} lines`;
}

/** A line break at the end begins no line, but whether there is one is a difference: it is kept as a mark. */
function linesOf(text: string | undefined): readonly string[] {
  if (text === undefined || text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") return lines.slice(0, -1);
  return [...lines, "\\ no line break at the end"];
}

function sharedStart(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function sharedEnd(a: readonly string[], b: readonly string[]): number {
  return sharedStart(a.toReversed(), b.toReversed());
}

function all(lines: readonly string[], sign: LineChange["sign"], offset: number): readonly LineChange[] {
  return lines.map((text, index) => ({ sign, line: offset + index + 1, text }));
}

function without(lines: readonly string[], other: readonly string[], sign: LineChange["sign"], offset: number): readonly LineChange[] {
  const left = new Map<string, number>();
  for (const text of other) left.set(text, (left.get(text) ?? 0) + 1);
  return all(lines, sign, offset).filter(({ text }) => {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}
