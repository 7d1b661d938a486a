const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
const NO_TRACE = /^0+$/;
const LONGEST = 64;

/** The trace that a request belongs to: by `traceparent` (W3C Trace Context, 3.2), else as another header names it. */
export function traceOf(traceparent: string | undefined, other: string | undefined): string | undefined {
  const [, id = ""] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (id !== "" && !NO_TRACE.test(id)) return id;
  return other === undefined || other === "" || other.length > LONGEST ? undefined : other;
}
