import { type Result, err, ok } from "./result.ts";

/** Of each service, where nobody has said otherwise. */
export const KEPT_REVISIONS = 200;
/** A rollback needs something to go to. */
const FEWEST = 10;
/** At some hundred kilobytes a revision Consul holds no more. */
const MOST = 10_000;

/** Reads `meta/history`: how many revisions of each service are kept. White space around is forgiven. The error is a sentence. */
export function parseKeptRevisions(text: string): Result<number, string> {
  const number = /^[0-9]{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return number >= FEWEST && number <= MOST ? ok(number) : err(`how many revisions are kept is a whole number from ${FEWEST} to ${MOST}`);
}
