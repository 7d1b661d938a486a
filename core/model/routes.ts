/**
 * How a service's traffic is split over what lives of it: `desired/<service>/routes`, parsed (core/config/parse-routes.ts).
 * Words and meaning: docs/reference/routes.md.
 */
export interface Routes {
  /** Where no rule matches. Undefined: all to the pin. */
  readonly split: Split | undefined;
  /** The first that matches decides. */
  readonly rules: readonly Rule[];
  readonly sticky: Sticky | undefined;
  readonly failover: Failover | undefined;
  /** No instance of what is wanted lives: `hold` stays with those that do, `fail` sends nothing anywhere. */
  readonly none: "hold" | "fail";
  /** The pin and tracks take their shares while at least this part of their track's passing instances run their version, 0 to 1. Undefined: from the first on. */
  readonly enough: number | undefined;
}

/** Shares in the order in which slots are given out (core/decide/routing/deal-slots.ts): the remainder comes last. */
export type Split = readonly Share[];

export interface Share {
  readonly target: ShareTarget;
  /** Relative to the split's other weights; 0 or more, and not 0 in all of them. */
  readonly weight: number;
}

/** What a share goes to. `text` is how it is written. */
export type ShareTarget =
  /** What `stable` is pinned to. */
  | { readonly kind: "pin"; readonly text: "pin" }
  /** The instances of one track, at that track's pin. */
  | { readonly kind: "track"; readonly track: string; readonly text: string }
  | { readonly kind: "version"; readonly version: string; readonly text: string }
  /** The newest version that lives and is in the range. */
  | { readonly kind: "range"; readonly range: string; readonly text: string };

/** All of a rule's conditions hold, or it doesn't match. */
export interface Rule {
  readonly conditions: readonly Condition[];
  readonly split: Split;
}

export type Condition =
  /** Names of headers are in lower case. */
  | { readonly kind: "header"; readonly name: string; readonly value: ValueMatch }
  | { readonly kind: "cookie"; readonly name: string; readonly value: ValueMatch }
  | { readonly kind: "path"; readonly prefix: string }
  | { readonly kind: "method"; readonly methods: readonly string[] }
  | { readonly kind: "caller"; readonly services: readonly string[] };

export type ValueMatch =
  | { readonly kind: "exact"; readonly text: string }
  | { readonly kind: "prefix"; readonly text: string }
  | { readonly kind: "present"; readonly present: boolean };

/** Whose hash decides. */
export interface Sticky {
  readonly from: "header" | "cookie";
  /** A header's in lower case. */
  readonly name: string;
}

export interface Failover {
  readonly to: { readonly kind: "service"; readonly service: string } | { readonly kind: "track"; readonly track: string };
  /** Takes over while fewer than this share of the pinned version's instances pass, 0 to 1. */
  readonly passingBelow: number | undefined;
  /** Commanded: it has taken over. */
  readonly active: boolean;
}

/** What stands where there is no document: all to the pin. */
export const NO_ROUTES: Routes = { split: undefined, rules: [], sticky: undefined, failover: undefined, none: "hold", enough: undefined };
