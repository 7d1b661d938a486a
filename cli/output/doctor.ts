import type { Finding } from "../doctor/finding.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { wrap } from "./table.ts";

export function doctorPrintable(consul: string, findings: readonly Finding[]): Printable {
  return { value: doctorValue(consul, findings), text: (screen) => doctorText(findings, screen) };
}

function doctorValue(consul: string, findings: readonly Finding[]) {
  return { kind: "doctor", consul, healthy: findings.every(({ level }) => level === "ok"), findings };
}

const COLORS = { ok: "green", warning: "yellow", problem: "red" } as const;

function doctorText(findings: readonly Finding[], screen: Screen): string {
  const lines = findings.flatMap(({ check, level, message, mend }) => [
    wrap(`${screen.paint(COLORS[level], level.padEnd(7))} ${check}: ${visible(message)}`, screen.columns, " ".repeat(8)),
    ...(mend === undefined ? [] : [wrap(`        mend: ${visible(mend)}`, screen.columns, " ".repeat(14))]),
  ]);
  const found = findings.filter(({ level }) => level !== "ok").length;
  return [...lines, screen.paint("bold", found === 0 ? "nothing is wrong" : `${found} finding${found === 1 ? "" : "s"}`)].join("\n");
}
