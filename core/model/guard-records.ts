/** What the guard of a service keeps in Consul. Shapes are documented in docs/reference/keys.md. */
import * as z from "zod/mini";
import { readingSchema } from "./reading.ts";
import { count, service, text, time, track, version } from "./record-fields.ts";
import { planIdSchema } from "./records.ts";
import { rolloutStates } from "./rollout.ts";

/** What a policy may ask for. */
export const deeds = ["rollback", "shift", "failover", "freeze", "pause", "page"] as const;
export type Deed = (typeof deeds)[number];

/** What the guard does besides, with a rollout that was asked for. */
const actionDeeds = [...deeds, "turn-back", "promote"] as const;

/** `locks/guard/<service>`: who guards. Held by that agent's session. */
export const guardLeadSchema = z.object({
  /** The agent that guards, or guarded last: an instance's name, or that of a guard on a host of its own. */
  leader: z.string(),
});
export type GuardLead = z.infer<typeof guardLeadSchema>;

const actionNumber = z.int().check(z.positive());

const suspectSchema = z.object({ service, track, version, baseline: z.optional(version), since: time });

/** `guard/<service>/state`: what the guard has done, and whether it may go on. Every action replaces it, in its own transaction. */
export const guardStateSchema = z.object({
  /** The newest action's number; 0 before the first. */
  actions: count,
  /** Changes that it made, the newest last: what the brake counts. */
  changes: z.array(z.object({ at: time, deed: z.enum(deeds), plan: z.optional(planIdSchema), action: actionNumber })),
  /** What was found, by cause, and told or acted on already: never a second time. The newest last. */
  dealt: z.array(z.object({ cause: z.string(), what: z.string(), action: actionNumber })),
  /** The brake is on: nothing more is changed until a person lets it go on. */
  latched: z.optional(z.object({ at: time, why: text, action: actionNumber })),
  /** Nothing goes on until this is over, such as a signal that can't be asked. */
  paused: z.optional(z.object({ at: time, cause: z.string(), why: text, action: actionNumber })),
  /** What is wrong with the policy: the last good one is in force. */
  policyFault: z.optional(text),
  /** The newest action of which those that are to be told were, or were given up on; absent where nobody is. */
  told: z.optional(count),
  /** What is found is recorded only. */
  dryRun: z.optional(z.boolean()),
});
export type GuardState = z.infer<typeof guardStateSchema>;

/** `guard/<service>/actions/<number>`: one thing that was found, why it is believed, and what was done about it. */
export const guardActionSchema = z.object({
  action: actionNumber,
  at: time,
  /** The agent that guarded. */
  by: z.string(),
  suspect: suspectSchema,
  /** What is never acted on twice: the track, its version, and the revision that moved it there. Of a rollout: `rollout`, its version, and the revision where it began. */
  cause: z.string(),
  /** What signals said, taken together. Absent where it rests on none, such as a step that a check refused; `well` only with a rollout. */
  finding: z.optional(z.object({
    kind: z.enum(["bad", "not-the-release", "no-data", "well"]),
    why: z.optional(z.enum(["before-the-change", "every-version", "after-going-back"])),
    /** Those that it rests on, by their names in the policy. */
    signals: z.array(z.string()),
    since: z.optional(time),
    summary: z.string(),
  })),
  /** Of every signal, by its name, as it was then. */
  readings: z.record(z.string(), readingSchema),
  /** Where in the policy it stands, and the policy's digest. */
  policy: z.object({ line: z.string(), digest: z.string() }),
  deed: z.enum(actionDeeds),
  /** `done`; `dry-run`, `braked` and `refused` changed nothing, and `why` says why; `paged`: nothing was to be changed. */
  outcome: z.enum(["done", "dry-run", "braked", "refused", "paged"]),
  why: z.optional(z.string()),
  /** The plan that did it, and the revisions that it made. */
  plan: z.optional(planIdSchema),
  services: z.optional(z.record(service, count)),
  /** The rollout that it was done with: how many of its steps were taken, and how it stands from then on. */
  rollout: z.optional(z.object({ from: z.optional(version), by: z.string(), startedAt: time, taken: count, steps: count, state: z.enum(rolloutStates) })),
  /** All of it in a sentence. */
  says: z.string(),
});
export type GuardAction = z.infer<typeof guardActionSchema>;
