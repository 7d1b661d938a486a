import * as z from "zod/mini";
import { percentage } from "../fields.ts";

const auditSchema = z.strictObject({
  /** Bad by itself, whatever the baseline does: such a part of calls that fail. */
  above: z.optional(percentage),
});
export type AuditSignalSettings = z.infer<typeof auditSchema>;

/** Failed calls by version, as the audit logs have them that the file of the agent that guards names. What counts as a difference is said by the policy's `judge`. */
export const auditSignalSchema = z.strictObject({ audit: auditSchema });
