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
  /** How often a lost connection was answered by another try. */
  readonly retried: number;
  /** There is time left to wait for an upstream. */
  readonly timeLeft: boolean;
}

export type NextTry = { readonly kind: "again"; readonly after: "at-once" | "a-moment" } | { readonly kind: "answer"; readonly status: 502 | 503 | 504 };

/** RFC 9110, 9.2.2. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
const MOST_RETRIES = 2;

/**
 * What was never sent is sent again while there is time. What may have been sent is sent again only where that does no
 * harm (RFC 9110, 9.2.2: idempotent methods) and the reason is a connection that had gone stale.
 */
export function determineRetry({ kind, reused }: Unanswered, { bodySent, method, retried, timeLeft }: RetryFacts): NextTry {
  if (kind === "late") return { kind: "answer", status: 504 };
  if (kind === "refused") return timeLeft && !bodySent ? { kind: "again", after: "a-moment" } : { kind: "answer", status: 503 };
  const harmless = reused && !bodySent && IDEMPOTENT.has(method) && retried < MOST_RETRIES;
  return harmless ? { kind: "again", after: "at-once" } : { kind: "answer", status: 502 };
}
