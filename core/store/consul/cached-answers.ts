/**
 * Answers that something between here and Consul had kept. A watch that lives on them obeys what was, and takes each for
 * Consul's word that nothing changed.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../../clock.ts";
import { dropOldest } from "../../decide/drop-oldest.ts";

export interface CachedAnswers {
  /** Why this answer to a read isn't fresh; undefined where it is, as far as one can tell. */
  doubt(headers: IncomingHttpHeaders): string | undefined;
}

/** A Date header counts whole seconds: a living server says no second again this much later. */
const LONG_AGO_MS = 10_000;
/** Idle agents read some times a minute; a cache says the same few again and again. */
const MOST_DATES = 16;
const MEND = "a cache stands between here and Consul: it must not keep answers of /v1/";

/**
 * By `Age`, which a cache has to send (RFC 9111, 5.1) and Consul doesn't unless asked with `?cached`; and by a Date that was
 * heard long ago. Not by how old a Date looks: clocks are set back, and then every fresh answer would look old for as long.
 */
export function createCachedAnswers(clock: Clock): CachedAnswers {
  const heardAt = new Map<string, number>();
  return {
    doubt({ age, date }) {
      if (age !== undefined && /^0*[1-9]\d*$/.test(age)) return `it was kept for ${Number(age)} s; ${MEND}`;
      if (date === undefined) return undefined;
      const now = clock.monotonic();
      const heard = heardAt.get(date);
      if (heard === undefined) {
        heardAt.set(date, now);
        dropOldest(heardAt, MOST_DATES);
        return undefined;
      }
      return now - heard >= LONG_AGO_MS ? `it is dated ${date}, as another was that came ${Math.round((now - heard) / 1_000)} s before; ${MEND}` : undefined;
    },
  };
}
