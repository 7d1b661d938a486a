import type { DesiredState } from "../../core/model/desired.ts";
import { type LineChange, lineChanges } from "./line-changes.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { type PartChange, changesBetween } from "./state-changes.ts";

interface Side {
  readonly name: string;
  readonly revision: number | "now";
  readonly state: DesiredState;
}

export function diffPrintable(service: string, before: Side, after: Side): Printable {
  const changes = changesBetween(before.state, after.state).map((change) => ({ ...change, lines: linesOf(change) }));
  return { value: diffValue(service, before, after, changes), text: (screen) => diffText(service, before, after, changes, screen) };
}

interface DiffChange extends PartChange {
  readonly lines: readonly LineChange[];
}

function diffValue(service: string, before: Side, after: Side, changes: readonly DiffChange[]) {
  return { kind: "diff", service, from: before.revision, to: after.revision, changes };
}

/** Pins and pace are one word: before and after say it all. */
function linesOf({ part, before, after }: PartChange): readonly LineChange[] {
  return part === "config" || part === "routes" ? lineChanges(before, after) : [];
}

function diffText(service: string, before: Side, after: Side, changes: readonly DiffChange[], screen: Screen): string {
  if (changes.length === 0) return `${service}: nothing differs between ${before.name} and ${after.name}`;
  return [screen.paint("bold", `${service}: ${before.name} -> ${after.name}`), ...changes.flatMap((change) => partLines(change, screen))].join("\n");
}

function partLines({ part, before, after, lines }: DiffChange, screen: Screen): readonly string[] {
  if (part !== "config" && part !== "routes") {
    return [`${part}  ${screen.paint("red", visible(before ?? "unset"))} -> ${screen.paint("green", visible(after ?? "unset"))}`];
  }
  const width = String(Math.max(0, ...lines.map(({ line }) => line))).length;
  return [part, ...lines.map(({ sign, line, text }) => screen.paint(sign === "-" ? "red" : "green", `  ${String(line).padStart(width)} ${sign} ${visible(text)}`))];
}
