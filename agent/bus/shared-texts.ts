/** One text for all records that hold the same: names of services, hosts and calls are few and come again and again. Bounded: what was met first goes first. */
import { dropOldest } from "../../core/decide/drop-oldest.ts";

const MOST = 20_000;

export function createSharedTexts(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    known.set(text, text);
    dropOldest(known, MOST);
    return text;
  };
}
