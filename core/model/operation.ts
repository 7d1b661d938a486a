/** A plan that takes more than one transaction, as its journal keeps it. Shapes are documented in docs/reference/keys.md. */
import * as z from "zod/mini";
import { askedSchema } from "../config/asked-schema.ts";
import { parseDatacentre } from "./datacentre.ts";
import { hookStepSchema } from "./hook-records.ts";
import { servicePlanSchema } from "./plan-record.ts";
import { count, service, text, time, version } from "./record-fields.ts";
import { operationKinds, planIdSchema } from "./records.ts";

const revisions = z.record(z.string(), count);

/** Nothing more is sent to instances of these versions: before their data is migrated. */
const drainStepSchema = z.object({ kind: z.literal("drain"), service, versions: z.array(version) });
export type DrainStep = z.infer<typeof drainStepSchema>;

const datacentre = z.string().check(z.refine((value) => parseDatacentre(value).ok, { error: "is not a datacentre" }));

/** One datacentre's part of what was asked of several: planned there by what stands there, and a plan like any other in its history. */
const datacentreStepSchema = z.object({
  kind: z.literal("datacentre"),
  datacentre,
  asked: askedSchema,
  /** Of the plan that was shown for it; absent where the datacentre couldn't be reached. */
  fingerprint: z.optional(text),
  /** Of the plan that was shown, else those that were asked for. */
  services: z.array(service),
  /** How the id of its plan ends there: by that it is found again. */
  suffix: z.string().check(z.regex(/^[a-z2-7]{6}$/)),
});
export type DatacentreStep = z.infer<typeof datacentreStepSchema>;

/**
 * What one step does, written once, before the operation begins: `operations/<id>/steps/<n>`. Each kind has a runner
 * (core/operations/journal/step-runner.ts), which does it, and takes it back.
 */
export const stepSchema = z.discriminatedUnion("kind", [
  /** One transaction: these services' shares of the plan. */
  z.object({ kind: z.literal("transaction"), services: z.array(servicePlanSchema) }),
  /** A command that one agent of the service runs, as its own file says. */
  hookStepSchema,
  /** What agents do because of the mark (`off`) is waited for. */
  drainStepSchema,
  datacentreStepSchema,
]);
export type StepRecord = z.infer<typeof stepSchema>;

/** A step as the operation's own record names it. */
const stepHeadSchema = z.object({
  kind: z.string().check(z.maxLength(32)),
  /** What it does, for a person. */
  about: text,
  /** Once it has begun, the operation can only be finished, not taken back. */
  final: z.optional(z.boolean()),
});
export type StepHead = z.infer<typeof stepHeadSchema>;

/**
 * `reserving`: heads are marked, nothing else is changed yet. `running`: steps are done, one after the other. `releasing`:
 * all are done, and marks go. `done`. `aborting`: what was done is taken back, last step first, and marks go. `aborted`.
 */
export const phases = ["reserving", "running", "releasing", "done", "aborting", "aborted"] as const;
export type Phase = (typeof phases)[number];

/** `operations/<id>`. Every transaction of an operation replaces it by compare-and-set. */
export const operationSchema = z.object({
  /** The plan's. */
  id: planIdSchema,
  kind: z.enum(operationKinds),
  by: text,
  reason: z.optional(text),
  at: time,
  /** The plan's, from which a dry run is known again. */
  fingerprint: text,
  undoes: z.optional(text),
  /** It goes back itself: rollbacks wait for it instead of ending it. */
  back: z.optional(z.boolean()),
  /** Every service whose head it marks, and the revision that the service gets; that it has, where it gets none. */
  services: revisions,
  steps: z.array(stepHeadSchema),
  phase: z.enum(phases),
  /** How many steps are done, and not taken back: the place of the next one. */
  next: count,
  /** In `reserving`, `releasing` and `aborting`: how many services were marked, or let go, so far. */
  marked: count,
  /** That step was begun, where it is one that can't be taken back, or that another datacentre's Consul decides about. */
  begun: z.optional(count),
  /** Steps before `next` that couldn't be done yet and stop no other; `doubtful` where something may have been done of one. */
  putOff: z.optional(z.array(z.object({ step: count, doubtful: z.optional(z.boolean()) }))),
  /** Where this record stands, where its steps are those of several datacentres. */
  datacentre: z.optional(datacentre),
  /** Why whoever ran it last gave up. */
  stopped: z.optional(z.object({ at: time, why: text })),
  /** Since it is being taken back, where that makes history: the plan that history calls it, and the revisions that this makes. */
  takenBack: z.optional(z.object({ plan: planIdSchema, by: text, reason: z.optional(text), services: revisions })),
});
export type OperationRecord = z.infer<typeof operationSchema>;

/** `locks/operations/<id>`: who is at it. Held by that program's session. */
export const operationLockSchema = z.object({
  by: text,
  at: time,
});
export type OperationLock = z.infer<typeof operationLockSchema>;
