/** What a signal says of a version, and of which version it is asked. Stored with the guard's actions and shown by `rollpin guard explain`. */
import * as z from "zod/mini";
import type { Json } from "./json.ts";
import { text, time } from "./record-fields.ts";

/** The version that a service's track was moved to last: asked about, and accused where something is wrong. */
export interface Suspect {
  readonly service: string;
  readonly track: string;
  readonly version: string;
  /** The version that it would go back to, or that runs beside it. */
  readonly baseline: string | undefined;
  /** ISO: when the change to `version` was committed. */
  readonly since: string;
  /** ISO: when it was moved there, where `since` is when the share stood by which it is counted. What was there before then is surely not its doing. */
  readonly movedAt?: string;
}

/** Facts that a reading rests on: plain JSON, small. */
export type Evidence = { readonly kind: string; readonly [field: string]: Json };

/** Of all evidence of one reading, as JSON. */
const MOST_EVIDENCE_BYTES = 16 * 1024;

const evidenceSchema = z.custom<Evidence>((value) => typeof value === "object" && value !== null && !Array.isArray(value) && "kind" in value && typeof value.kind === "string", { error: "is no evidence: it needs a kind" });

export const readingSchema = z.object({
  says: z.enum(["bad", "good", "no-data"]),
  /** One sentence: what was seen, with figures and names. */
  summary: text,
  /** When the symptom began, as far as the signal can tell. */
  since: z.optional(time),
  /** The baseline, or every version, fails as much: then it is not the release. Absent where the signal can't tell. */
  alike: z.optional(z.boolean()),
  evidence: z.array(evidenceSchema).check(z.refine((evidence) => Buffer.byteLength(JSON.stringify(evidence)) <= MOST_EVIDENCE_BYTES, { error: `is more than ${MOST_EVIDENCE_BYTES} bytes` })),
});
export type StoredReading = z.infer<typeof readingSchema>;

export interface Reading {
  readonly says: "bad" | "good" | "no-data";
  readonly summary: string;
  readonly since?: string | undefined;
  readonly alike?: boolean | undefined;
  readonly evidence: readonly Evidence[];
}
