/** Which of the calls of one entry are the same call, tried again because it had failed. */
import type { Span } from "../../model/span.ts";

export interface Tries {
  /** Not the first try: it says no more of who served it than the first did. */
  readonly again: ReadonlySet<Span>;
  /** Not the last try: how the call went in the end, a later one says. */
  readonly overtaken: ReadonlySet<Span>;
}

/** `calls` by when they began. */
export function findTries(calls: readonly Span[]): Tries {
  const [again, overtaken] = [new Set<Span>(), new Set<Span>()];
  const latest = new Map<string, Span>();
  for (const call of calls) {
    const key = keyOf(call);
    const before = latest.get(key);
    if (before?.failed === true && before.end <= call.start) {
      again.add(call);
      overtaken.add(before);
    }
    latest.set(key, call);
  }
  return { again, overtaken };
}

/** What the same call is known by when it is tried again. The address is another where the next instance is tried. */
function keyOf({ address, name, peer }: Span): string {
  return `${peer ?? address ?? ""} ${name}`;
}
