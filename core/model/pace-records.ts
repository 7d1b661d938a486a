/** Who may change how many instances at once, and how far that has come. Shapes are documented in docs/reference/keys.md. */
import * as z from "zod/mini";
import { count, text, time } from "./record-fields.ts";

/** How far one move has come, and who failed at it. */
const paceTallySchema = z.object({
  /** An instance got through: what the move asks for can be done. */
  proven: z.boolean(),
  /** Instances that spent their tries, by name. */
  stalled: z.array(z.string()),
  /** What the first of them said. */
  why: z.optional(text),
  /** The service's live instances when the first slot was given: what a percentage is of. */
  size: z.optional(z.int().check(z.positive())),
});
export type PaceTally = z.infer<typeof paceTallySchema>;

/** `locks/pace/<service>/state`: in which order slots are given, since each transaction that gives one replaces it. */
export const paceStateSchema = z.object({
  /** Slots given and tallies changed until now: no two values are the same. */
  turn: count,
  /** The newest moves, by the revision that began them. */
  moves: z.record(z.string().check(z.regex(/^[0-9]{1,15}$/)), paceTallySchema),
});
export type PaceState = z.infer<typeof paceStateSchema>;

/** `locks/pace/<service>/slots/<instance>`: one instance that may be changing. Held by its agent's session. */
export const paceSlotSchema = z.object({ move: count, at: time });
export type PaceSlot = z.infer<typeof paceSlotSchema>;
