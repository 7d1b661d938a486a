import { parseDuration } from "../core/config/values.ts";
import { quoteForPerson } from "../core/model/names.ts";
import { type Result, err, ok } from "../core/model/result.ts";

const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;
const DAY_MS = 86_400_000;

/**
 * A moment in the past, milliseconds since the epoch: `14:05` (local, the latest that has passed), `20m` (ago), or ISO
 * 8601 (local without a zone). `now` is given, so that this stays pure but for the machine's time zone.
 */
export function parseTime(text: string, now: number): Result<number, string> {
  const clock = CLOCK.exec(text);
  if (clock !== null) return ok(latestPast(clock, now));
  const ago = parseDuration(text);
  if (ago.ok) return ago.value <= now ? ok(now - ago.value) : err(`${quoteForPerson(text)} ago is before 1970`);
  if (!ISO.test(text)) return err(`${quoteForPerson(text)} is not a time: write 14:05, 20m (ago), or ISO 8601 such as 2026-11-21T14:05:00Z`);
  return parseIso(text, now);
}

function latestPast([, hours, minutes, seconds]: RegExpExecArray, now: number): number {
  const today = new Date(now);
  today.setHours(Number(hours), Number(minutes), Number(seconds ?? 0), 0);
  if (today.getTime() <= now) return today.getTime();
  // A day earlier on the calendar, which isn't always 24 hours earlier.
  today.setDate(today.getDate() - 1);
  return today.getTime();
}

function parseIso(text: string, now: number): Result<number, string> {
  // A bare date is midnight here, as a bare time of day is local; Date.parse would take it as UTC.
  const full = text.length === "2026-11-21".length ? `${text}T00:00` : text.replace(" ", "T");
  const at = Date.parse(full);
  if (Number.isNaN(at) || !sameDay(full, at)) return err(`${quoteForPerson(text)} is not a time that exists`);
  if (at > now) return err(`${quoteForPerson(text)} is in the future`);
  return ok(at);
}

/** Date.parse rolls 31 February over into March: a day that moved by more than a zone can explain doesn't exist. */
function sameDay(text: string, at: number): boolean {
  return Math.abs(Date.parse(`${text.slice(0, 10)}T12:00Z`) - at) <= 1.5 * DAY_MS && validDay(text.slice(0, 10));
}

function validDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
