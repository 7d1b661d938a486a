/** What one call says of who served it, or who should have. */

/**
 * `well`: served. `own`: failed, and all that it called itself went well, so the failure starts there. `through`: failed
 * because something that it called did. `database`: failed because a database did.
 */
export type OutcomeKind = "well" | "own" | "through" | "database";

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly service: string;
  /** Empty where it isn't known, as when nobody answered. */
  readonly version: string;
  readonly host: string | undefined;
  /** When it began; milliseconds since 1970. */
  readonly at: number;
  /** Nobody answered: there is the caller's record of it, and none of who was called. */
  readonly silent: boolean;
  /** From where the request came in down to where it failed. Only of what failed by itself. */
  readonly chain: readonly Hop[];
}

export interface Hop {
  readonly service: string;
  readonly version: string;
  readonly name: string;
  readonly ms: number;
}
