import type { Printable } from "./printable.ts";

export function completionPrintable(shell: string, script: string): Printable {
  return { value: completionValue(shell, script), text: () => script, raw: script };
}

function completionValue(shell: string, script: string) {
  return { kind: "completion", shell, script };
}
