import * as z from "zod/mini";
import { percentage } from "../fields.ts";

const trafficSchema = z.strictObject({
  /** What is compared with the baseline, by the policy's `judge`. */
  compare: z._default(z.array(z.enum(["errors", "latency"])).check(z.minLength(1, { error: "needs errors, latency or both" })), ["errors", "latency"]),
  /** Bad by itself, whatever the baseline does: such a part of answers that are errors. */
  above: z.optional(percentage),
});
export type TrafficSettings = z.infer<typeof trafficSchema>;

/** Errors and latencies by version, as rollpin's own routers count them. */
export const trafficSignalSchema = z.strictObject({ traffic: trafficSchema });
