/** Joins the spans of one trace: who called whom, as far as the records came. Records are lost, so anything may be missing; ids are others', so parents may lead in circles. */
import type { Span } from "../../model/span.ts";

/** Longer chains are cut: no service calls so deep, but a record may say so. */
const MOST_DEEP = 64;

export interface JoinedTrace {
  readonly spans: ReadonlyMap<string, Span>;
  /** Records of services that took a call, or began one: each is one that can go well or fail. */
  readonly entries: readonly Span[];
  /** Names a parent that isn't there. */
  readonly orphans: readonly Span[];
  /** The calls that an entry made itself, by when they began. */
  outgoing(entry: Span): readonly Span[];
  /** Who took this call: several where a message goes to several. */
  takenBy(outgoing: Span): readonly Span[];
  /** The call that an entry answers. */
  callOf(entry: Span): Span | undefined;
  /** The entry in whose course this was done. */
  ownerOf(span: Span): Span | undefined;
}

/** `linked`: entries that are in other traces, by the span here that they say they come from. */
export function joinTrace(spans: ReadonlyMap<string, Span>, linked: ReadonlyMap<string, readonly Span[]>): JoinedTrace {
  const children = new Map<string, Span[]>();
  const entries: Span[] = [];
  const orphans: Span[] = [];
  for (const span of spans.values()) {
    if (isEntry(span)) entries.push(span);
    if (span.parent === undefined) continue;
    if (!spans.has(span.parent)) orphans.push(span);
    const siblings = children.get(span.parent);
    if (siblings === undefined) children.set(span.parent, [span]);
    else siblings.push(span);
  }
  const below = (span: Span): readonly Span[] => children.get(span.span) ?? [];
  const parentOf = (span: Span): Span | undefined => (span.parent === undefined ? undefined : spans.get(span.parent));
  return {
    spans,
    entries,
    orphans,
    outgoing: (entry) => outgoingOf(entry, below),
    takenBy: (outgoing) => [...below(outgoing).filter(isEntry), ...(linked.get(outgoing.span) ?? [])],
    callOf: (entry) => {
      const parent = parentOf(entry);
      return parent !== undefined && isOutgoing(parent) ? parent : undefined;
    },
    ownerOf: (span) => {
      let at = parentOf(span);
      for (let depth = 0; at !== undefined && depth < MOST_DEEP; depth += 1, at = parentOf(at)) if (isEntry(at)) return at;
      return undefined;
    },
  };
}

/** Taken from outside; work that nobody asked for counts where it begins. */
function isEntry({ kind, parent }: Span): boolean {
  return kind === "server" || kind === "consumer" || (kind === "internal" && parent === undefined);
}

function isOutgoing({ kind }: Span): boolean {
  return kind === "client" || kind === "producer";
}

/** Through what was done inside. A client's span within another's is the same call, told by two layers: the inner one counts. */
function outgoingOf(entry: Span, below: (span: Span) => readonly Span[]): readonly Span[] {
  const found: Span[] = [];
  const walk = (span: Span, depth: number): boolean => {
    let hasOutgoing = false;
    for (const child of depth < MOST_DEEP ? below(span) : []) {
      if (isEntry(child)) continue;
      const inner = walk(child, depth + 1);
      if (isOutgoing(child) && !inner) found.push(child);
      hasOutgoing ||= inner || isOutgoing(child);
    }
    return hasOutgoing;
  };
  walk(entry, 0);
  return found.sort((a, b) => a.start - b.start);
}
