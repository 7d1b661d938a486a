/** What the fields of records have in common. */
import * as z from "zod/mini";
import { parseServiceName, parseTrack, parseVersion } from "./names.ts";

export const time = z.iso.datetime();
export const text = z.string().check(z.maxLength(4096));
export const count = z.int().check(z.nonnegative());
export const version = z.string().check(z.refine((value) => parseVersion(value).ok, { error: "is not a version" }));
export const service = z.string().check(z.refine((value) => parseServiceName(value).ok, { error: "is not a service name" }));
export const track = z.string().check(z.refine((value) => parseTrack(value).ok, { error: "is not a track" }));

/** Of one run of commands by the agent that leads: written before it begins, and when it has ended. */
export const runFields = {
  /** Its number among the runs for the same; larger than 1 where an earlier one failed or was cut off. */
  attempt: z.int().check(z.positive()),
  /** How many in a row, this one included, while nothing new was asked for: what a limit of tries counts. */
  tries: z.int().check(z.positive()),
  /** `begun` without an agent that is at it: it was cut off, and is run again. */
  state: z.enum(["begun", "done", "failed"]),
  /** Failed, and no more tries follow: a person is needed. */
  spent: z.optional(z.boolean()),
  /** What it said last, or why it failed. */
  message: z.optional(text),
  /** The instance whose agent ran it. */
  by: z.string(),
  at: time,
};
