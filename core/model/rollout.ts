/** `rollouts/<service>`: a change in steps, each judged before the next. Its shape is documented in docs/reference/keys.md. */
import * as z from "zod/mini";
import { readingSchema } from "./reading.ts";
import { count, service, text, time, track, version } from "./record-fields.ts";

/** Requests whose header has that value go to the new version, `to` a track. */
const previewSchema = z.object({ header: z.string(), value: z.string(), to: z.string() });
export type Preview = z.infer<typeof previewSchema>;

const stepSchema = z.object({
  /** Tracks that are pinned to the version from this step on. */
  tracks: z.array(track),
  /** What gets which share of what no rule matches, in percent; `back`: all to the pin. Absent: the split stays. */
  share: z.optional(z.union([z.object({ name: z.string(), percentage: z.number() }), z.literal("back")])),
  /** A rule that is there as long as this step. */
  preview: z.optional(previewSchema),
  /** How long it must stand, well, before the next, milliseconds. */
  holdMs: count,
});
export type RolloutStep = z.infer<typeof stepSchema>;

/** `begun`: no step is taken yet. `settling`: a step is committed, and being applied. `holding`: it stands everywhere, and is judged. The others are ends. */
export const rolloutStates = ["begun", "settling", "holding", "promoted", "turned-back", "aborted", "overtaken"] as const;
export type RolloutState = (typeof rolloutStates)[number];

export const rolloutSchema = z.object({
  service,
  version,
  /** What `stable` was pinned to when it began. */
  from: z.optional(version),
  kind: z.enum(["traffic", "instances", "blue-green"]),
  steps: z.array(stepSchema).check(z.minLength(1)),
  /** How many of them are taken. */
  taken: count,
  state: z.enum(rolloutStates),
  /** Since when. */
  since: time,
  /** Of the hold under way, before it was paused, milliseconds. */
  heldMs: count,
  /** A person said that the hold is over. `all`: and those that follow but the last. */
  promote: z.optional(z.enum(["step", "all"])),
  paused: z.optional(z.object({ at: time, by: text, why: text })),
  /** The revision that stood when it began, and goes back to. */
  base: count,
  /** The revision that its last step made: as soon as another stands there, it has been overtaken. */
  head: count,
  /** The version was condemned, and is tried all the same. */
  override: z.optional(z.boolean()),
  by: text,
  reason: z.optional(text),
  startedAt: time,
  endedAt: z.optional(time),
  /** Of its end. */
  why: z.optional(text),
  /** What signals said when it was turned back or paused for it, by their names in the policy. */
  readings: z.optional(z.record(z.string(), readingSchema)),
  /** The guard's newest action with it, which has all the evidence: `rollpin guard explain <service> <action>`. */
  action: z.optional(z.int().check(z.positive())),
});
export type Rollout = z.infer<typeof rolloutSchema>;

const ENDED: ReadonlySet<RolloutState> = new Set(["promoted", "turned-back", "aborted", "overtaken"]);

export function hasEnded({ state }: Pick<Rollout, "state">): boolean {
  return ENDED.has(state);
}
