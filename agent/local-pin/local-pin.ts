import * as z from "zod/mini";
import { parseVersion } from "../../core/model/names.ts";
import { type DesiredState, pinOf } from "../../core/model/desired.ts";
import { NO_PIN } from "../../core/model/pin.ts";

const text = z.string().check(z.maxLength(4096));

const pinFields = {
  /** Made for each command, so that it knows its own outcome. */
  id: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  version: z.string().check(z.refine((value) => parseVersion(value).ok, { error: "is not a version" })),
  by: text,
  at: z.iso.datetime(),
  reason: z.optional(text),
};

/**
 * A person's word on this host, in place of Consul's pin of this instance's track.
 *
 *     written by the command ──► armed: it is known what Consul pins instead ──► applied ──► ended
 *                                                   └── can't be made true: taken back, the former one stands again
 */
export const localPinSchema = z.object({
  format: z.literal(1),
  ...pinFields,
  /** What Consul pinned when it was last heard, `none` where nothing; absent where nobody knows yet. Anything else is a newer word. */
  insteadOf: z.optional(text),
  /** `insteadOf` stands: only a newer word of Consul's ends this from now on, what it goes on saying doesn't. */
  armed: z.boolean(),
  /** It was made true once, and is not taken back any more because of a failure. */
  applied: z.boolean(),
  /** The one that was in force, and true, before. */
  former: z.optional(z.object(pinFields)),
});
export type LocalPin = z.infer<typeof localPinSchema>;

/** What became of a local pin: for the command that waits. */
export const localPinOutcomeSchema = z.object({
  id: z.string(),
  outcome: z.enum(["applied", "failed", "ended"]),
  message: z.string(),
});
export type LocalPinOutcome = z.infer<typeof localPinOutcomeSchema>;

/** `none` where nothing is pinned. */
export function consulPin(state: DesiredState, track: string): string {
  return pinOf(state, track) ?? NO_PIN;
}
