/** Spans for tests, told by what matters. */
import type { Span } from "../../../../core/model/span.ts";

export const AT = 1_800_000_000_000;

/** `checkout@1` is a service and its version; times in milliseconds from AT. */
export function span(id: string, parent: string | undefined, kind: Span["kind"], who: string, from: number, to: number, more: Partial<Span> = {}): Span {
  const [service = "", version = ""] = who.split("@");
  return { trace: "t", span: id, parent, kind, name: `${kind} ${id}`, service, version, host: undefined, start: AT + from, end: AT + to, failed: false, peer: undefined, address: undefined, database: undefined, deadline: undefined, links: [], ...more };
}

export const FAILED = { failed: true } as const;

export function byId(spans: readonly Span[]): ReadonlyMap<string, Span> {
  return new Map(spans.map((span) => [span.span, span]));
}
