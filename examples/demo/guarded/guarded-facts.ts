/** What is known when the story of the guarded canary is over. All times are milliseconds since the epoch. */
import * as z from "zod/mini";
import type { Answer } from "../load.ts";
import type { Ran } from "../rollpin.ts";

/** Of what `rollpin rollout status -o json` says, as far as the story needs it. */
export const rolloutSaid = z.object({
  rollout: z.object({
    state: z.string(),
    taken: z.number(),
    why: z.optional(z.string()),
    startedAt: z.string(),
    endedAt: z.optional(z.string()),
    readings: z.optional(z.record(z.string(), z.object({ says: z.string(), summary: z.string() }))),
  }),
});
export type RolloutSaid = z.infer<typeof rolloutSaid>["rollout"];

export interface GuardedFacts {
  readonly answers: readonly Answer[];
  readonly start: Ran;
  readonly rollout: RolloutSaid;
  /** By track, at the end. */
  readonly pins: Readonly<Record<string, string>>;
  readonly verdict: string | undefined;
}
