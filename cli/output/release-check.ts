import type { ReleaseCheck } from "../release/determine-release-check.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { wrap } from "./table.ts";

export function releaseCheckPrintable(service: string, version: string, checks: readonly ReleaseCheck[]): Printable {
  return { value: checkValue(service, version, checks), text: (screen) => checkText(service, version, checks, screen) };
}

function checkValue(service: string, version: string, checks: readonly ReleaseCheck[]) {
  const pinnable = !checks.some((check) => check.result === "refused");
  return { kind: "release-check", service, version, pinnable, checks: checks.map(({ name, service, result, detail }) => ({ name, service, result, detail })) };
}

const COLORS = { passed: "green", warned: "yellow", overridden: "yellow", refused: "red" } as const;

function checkText(service: string, version: string, checks: readonly ReleaseCheck[], screen: Screen): string {
  const pinnable = !checks.some((check) => check.result === "refused");
  const lines = checks.map(({ name, result, detail }) => wrap(`  ${screen.paint(COLORS[result], result.padEnd(8))} ${name}: ${visible(detail)}`, screen.columns, " ".repeat(11)));
  return [screen.paint("bold", `${service} ${version} ${pinnable ? "could be pinned now" : "can't be pinned now"}`), ...lines].join("\n");
}
