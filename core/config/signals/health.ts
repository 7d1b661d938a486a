import * as z from "zod/mini";
import { percentage, within } from "../fields.ts";

const healthSchema = z.strictObject({
  /** So many instances in a crash loop are bad. */
  crashLoops: z._default(z.int().check(z.minimum(1)), 1),
  /** Such a part of those that run the version, or tried to: crashed, not ready, or failing their checks. */
  failing: z._default(percentage, 0.3),
  /** A process that is being started again, or a check that fails, counts once it has been so for this long. */
  lasting: within(0, 5_000),
});
export type HealthSettings = z.infer<typeof healthSchema>;

/** What instances report of themselves, and their checks in Consul's catalog. */
export const healthSignalSchema = z.strictObject({ health: healthSchema });
