/** One service's share of a plan as JSON: read back as strictly as any record, by whoever finishes what another began. */
import * as z from "zod/mini";
import { type Part, parsePart } from "./desired.ts";
import type { ServicePlan } from "./plan.ts";
import { count, service, text, track, version } from "./record-fields.ts";
import { desiredStateSchema, freezeSchema, headSchema, modes, verdictSchema } from "./records.ts";

const index = count;

const part = z.pipe(z.string().check(z.refine((value) => parsePart(value) !== undefined, { error: "is no part of desired state" })), z.transform((value) => value as Part));

const write = z.pipe(
  z.strictObject({ part, text: z.optional(z.string()), modifyIndex: z.optional(index) }),
  z.transform(({ modifyIndex, part: name, text: value }) => ({ part: name, text: value, modifyIndex })),
);

const verdictChange = z.pipe(
  z.strictObject({
    version,
    before: z.optional(verdictSchema),
    modifyIndex: z.optional(index),
    after: z.optional(z.union([verdictSchema, z.strictObject({ verdict: z.enum(["good", "condemned"]), reason: z.optional(text) })])),
  }),
  z.transform(({ after, before, modifyIndex, version: name }) => ({ version: name, before, modifyIndex, after })),
);

const expected = z.pipe(
  z.strictObject({ part, modifyIndex: z.optional(index) }),
  z.transform(({ modifyIndex, part: name }) => ({ part: name, modifyIndex })),
);

/** What a person is told about a plan, and nothing that it does. */
type ToldOnly = "asOf" | "blast";

/** `ServicePlan` (core/model/plan.ts), every field by which it is done: what isn't there is `undefined`. */
const fields = {
  service,
  why: text,
  head: z.optional(z.strictObject({ value: headSchema, modifyIndex: index })),
  before: desiredStateSchema,
  after: desiredStateSchema,
  recorded: z.boolean(),
  writes: z.array(write),
  verdicts: z.array(verdictChange),
  freeze: z.optional(z.nullable(z.omit(freezeSchema, { by: true, at: true }))),
  restart: z.optional(z.strictObject({ tracks: z.optional(z.array(track)) })),
  schema: z.optional(index),
  off: z.optional(z.array(version)),
  mode: z.optional(z.enum(modes)),
  back: z.optional(z.boolean()),
  expects: z.optional(z.array(expected)),
  above: z.optional(index),
  settles: z.optional(z.array(z.string().check(z.regex(/^[0-9a-f]{64}$/)))),
  left: z.optional(z.array(version)),
  overrides: z.array(z.string()),
} satisfies Record<Exclude<keyof ServicePlan, ToldOnly>, z.core.$ZodType>;

export const servicePlanSchema = z.strictObject(fields);
