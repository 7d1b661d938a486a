/** What is asked of a service's hooks, and what became of it. Shapes are documented in docs/reference/keys.md. */
import * as z from "zod/mini";
import { count, runFields, service, version } from "./record-fields.ts";
import { planIdSchema } from "./records.ts";

export const ways = ["down", "up"] as const;
export type Way = (typeof ways)[number];

/** A step of an operation that takes a service's schema one step: numbers and names only. What is run stands in the agent's file. */
export const hookStepSchema = z.object({
  kind: z.literal("hook"),
  service,
  hook: z.literal("migrate"),
  way: z.enum(ways),
  from: count,
  to: count,
  /** The releases that the plan moves the service between, where it is pinned. */
  fromVersion: z.optional(version),
  toVersion: z.optional(version),
});
export type HookStep = z.infer<typeof hookStepSchema>;

/** `operations/<id>/ask`: what an operation asks of hooks now. */
export const hookAskSchema = z.object({
  /** The number of the step. */
  step: count,
  /** Grows each time somebody begins or resumes the operation. */
  ask: z.int().check(z.positive()),
  asked: hookStepSchema,
});
export type HookAsk = z.infer<typeof hookAskSchema>;

/** One run of a step's command: written before it begins, and when it has ended. */
export const hookRunSchema = z.object({
  /** The operation's id, and the number of its step. */
  operation: planIdSchema,
  step: count,
  way: z.enum(ways),
  from: count,
  to: count,
  /** Which ask it answers: each `rollpin operation resume` asks anew. */
  ask: count,
  ...runFields,
});
export type HookRun = z.infer<typeof hookRunSchema>;

/** `locks/hooks/<service>`: who runs the service's hooks, which it has, and what was done last. Held by that agent's session. */
export const hooksLeadSchema = z.object({
  /** The instance whose agent leads, or led last. */
  leader: z.string(),
  /** What of it can be asked. */
  migrate: z.array(z.enum(ways)),
  last: z.optional(hookRunSchema),
});
export type HooksLead = z.infer<typeof hooksLeadSchema>;
