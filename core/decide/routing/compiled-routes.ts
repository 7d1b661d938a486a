import type { FailoverState } from "./determine-failover.ts";
import type { Destination } from "./routing-facts.ts";
import type { RoutedRequest } from "./routed-request.ts";

/** Slots that a split deals out: the smallest share is one of them, 0.01%. */
export const SLOTS = 10_000;

/** One decision. Those of a compiled document are made once: a router may compare them by identity. */
export interface Decision {
  /** Undefined: no upstream takes it. */
  readonly destination: Destination | undefined;
  /** Whose share it was, as the document writes it: `pin`, `2.0.0`, `^1.4`, `track:green`; `failover` while that is on. */
  readonly share: string;
  /** The rule that matched, from 0; undefined where none did. */
  readonly rule: number | undefined;
  /** Whether a header's or cookie's hash decided. */
  readonly sticky: boolean;
  /** Why it isn't what the share asks for; undefined where it is. */
  readonly instead: string | undefined;
}

/** A run of slots that go one way: from the first to before the last. */
export interface SlotRun {
  readonly from: number;
  readonly to: number;
  /** Whose share it is, an index into the split's shares. */
  readonly share: number;
  readonly destination: Destination | undefined;
  readonly instead: string | undefined;
}

/** What a split comes to with what lives now. */
export interface CompiledSplit {
  /** By slot, without gaps. */
  readonly runs: readonly SlotRun[];
  readonly shares: readonly CompiledShare[];
}

export interface CompiledShare {
  readonly text: string;
  /** Of all slots, 0 to 1. */
  readonly wanted: number;
  /** Where it goes to while that lives. */
  readonly destination: Destination | undefined;
  /** Why its share goes elsewhere; undefined where it doesn't. */
  readonly instead: string | undefined;
}

/** A document with the facts of a moment: what every router follows. */
export interface CompiledRoutes {
  /** Every destination that a decision can name. The same one is the same object wherever it is named below. */
  readonly destinations: readonly Destination[];
  /** Where no rule matches. */
  readonly split: CompiledSplit;
  /** In the document's order. */
  readonly rules: readonly CompiledSplit[];
  /** Whether the failover has all traffic now (`on`), and why or why not; undefined where the document has none. */
  readonly failover: FailoverState | undefined;
  /** Sentences for `status`: what isn't as the document asks for. */
  readonly notes: readonly string[];
  /** `random` is from 0 to below 1, and used where nothing sticks. */
  decide(request: RoutedRequest, random: number): Decision;
}
