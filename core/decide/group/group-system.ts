/** Services that need one another, as the search for a way back sees them. */
export interface GroupSystem {
  readonly services: ReadonlyMap<string, GroupService>;
}

export interface GroupService {
  /** What it is pinned to now; undefined: nothing that could be compared. */
  readonly current: GroupVersion | undefined;
  /** What it may be moved to, best first; the present version isn't among them. */
  readonly candidates: readonly GroupVersion[];
}

export interface GroupVersion {
  readonly version: string;
  /** Semver range by service. */
  readonly requires: ReadonlyMap<string, string>;
  readonly isGood: boolean;
  /** Migration steps of its own data that are taken back for it; none where undefined. */
  readonly steps?: number | undefined;
}

/** What every service that moves is moved to. */
export type Moves = ReadonlyMap<string, GroupVersion>;

/** A service's version needs another in a range that the other's version isn't in. */
export interface Unmet {
  readonly service: string;
  readonly version: string;
  readonly needs: string;
  readonly range: string;
  readonly found: string;
}
