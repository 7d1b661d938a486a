import type { Off } from "./catalog-entry.ts";

/** Why an instance of a version takes no traffic; undefined where it does. */
export type WhyOff = (version: string) => string | undefined;

/** What was said last of which versions take no traffic. */
export interface OffWord {
  /** Undefined while nothing was said. */
  of(version: string): Off | undefined;
  /** Whether it says something else of the version that is shown. */
  hear(next: WhyOff, shown: string | undefined): boolean;
}

export function createOffWord(): OffWord {
  let why: WhyOff | undefined;
  return {
    of: (version) => (why === undefined ? undefined : { why: why(version) }),
    hear(next, shown) {
      const isNews = shown !== undefined && (why === undefined || why(shown) !== next(shown));
      why = next;
      return isNews;
    },
  };
}
