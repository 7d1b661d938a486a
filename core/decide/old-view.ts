import { parseIsoTime } from "../clock.ts";
import type { SeenInstance } from "../model/facts.ts";
import type { Head } from "../model/records.ts";

/** Longer than a watch can be deaf without noticing (34 s: core/store/watch.ts), and than what an agent needs to say what it saw. */
const LONG_MS = 60_000;

/**
 * Whether an instance lives, and yet hasn't said that it saw the head's revision, which has stood for long: it obeys what
 * was. An agent that idles writes nothing, so its silence alone is no sign.
 */
export function hasOldView({ live, record }: SeenInstance, head: Head | undefined, now: number): boolean {
  if (!live || head === undefined || record.seen >= head.revision) return false;
  // One that has only just started says so before it has heard anything; a start yet to come is told by a clock that was wrong.
  const startedAt = parseIsoTime(record.agent.startedAt);
  const mayHaveHeard = startedAt > now + LONG_MS ? -Infinity : startedAt;
  // A freeze signs the head too, and only makes this later.
  return now - Math.max(parseIsoTime(head.at), mayHaveHeard) > LONG_MS;
}
