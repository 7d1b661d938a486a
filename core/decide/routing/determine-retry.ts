/** How one try to have a request answered ended before anything of an answer had come. */
export interface Unanswered {
  /** `refused`: there was no connection, so nothing was sent. `lost`: it ended after something may have been sent. `late`: the upstream was silent for too long. */
  readonly kind: "refused" | "lost" | "late";
  /** The connection had served another request before: then the upstream most likely closed it for being idle. */
  readonly reused: boolean;
}

export interface RetryFacts {
  readonly method: string;
  /** Something of the request's body has left: it can't be sent again. */
  readonly bodySent: boolean;
  /** How often it was sent again after something of it may have been sent. */
  readonly retried: number;
  /** There is time left: `refused`, to wait for an upstream that takes connections; else for an answer. */
  readonly timeLeft: boolean;
  /** There is another upstream, which wasn't asked yet. */
  readonly hasOthers: boolean;
}

export type NextTry = { readonly kind: "again"; readonly after: "at-once" | "a-moment" } | { readonly kind: "answer"; readonly status: 502 | 503 | 504 };

/** RFC 9110, 9.2.2. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
const MOST_RETRIES = 2;

/** Whether a request may be sent again although something of it may have been acted on (RFC 9110, 9.2.2). */
export function isRepeatable({ bodySent, method, retried }: Pick<RetryFacts, "method" | "bodySent" | "retried">): boolean {
  return !bodySent && retried < MOST_RETRIES && IDEMPOTENT.has(method);
}

/**
 * What was never sent is sent again while there is time, at once where somebody else may take it. What may have been sent
 * is sent again only where that does no harm, and where it may help: the reason is a connection that had gone stale, or
 * there is another upstream.
 */
export function determineRetry({ kind, reused }: Unanswered, facts: RetryFacts): NextTry {
  const { bodySent, hasOthers, timeLeft } = facts;
  if (kind === "refused") return timeLeft && !bodySent ? { kind: "again", after: hasOthers ? "at-once" : "a-moment" } : { kind: "answer", status: 503 };
  const mayHelp = timeLeft && (hasOthers || (kind === "lost" && reused));
  if (mayHelp && isRepeatable(facts)) return { kind: "again", after: "at-once" };
  return { kind: "answer", status: kind === "late" ? 504 : 502 };
}
