import type { Release, Verdict } from "../../model/records.ts";

/** What of every service is needed to see who needs whom. Read by core/operations/gather-registry.ts. */
export interface Registry {
  readonly services: ReadonlyMap<string, RegisteredService>;
}

export interface RegisteredService {
  /** What `stable` is held to: a version, `none`, or undefined where it never was pinned. */
  readonly pin: string | undefined;
  /** Each with the index of its registration. */
  readonly releases: ReadonlyMap<string, { readonly release: Release; readonly registeredAt: number }>;
  readonly verdicts: ReadonlyMap<string, Verdict["verdict"]>;
  /** The schema that its data is at (core/decide/schema/schema-ground.ts); undefined where no release says. */
  readonly schema?: number | undefined;
}
