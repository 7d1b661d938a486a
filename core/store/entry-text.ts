import type { Entry } from "./port.ts";

export function entryText(entry: Entry): string;
export function entryText(entry: Entry | undefined): string | undefined;
export function entryText(entry: Entry | undefined): string | undefined {
  return entry === undefined ? undefined : Buffer.from(entry.value).toString("utf8");
}
