import * as z from "zod/mini";

const names = z.string().check(z.minLength(1, { error: "needs the name of an alert" }), z.maxLength(256));
const MOST_NAMES = 32;

const alertmanagerSchema = z.strictObject({
  /** One of these; any where absent. */
  alertname: z.optional(z.union([names, z.array(names).check(z.minLength(1), z.maxLength(MOST_NAMES))])),
  /** Labels that an alert must have, with these very values. */
  labels: z._default(z.record(z.string().check(z.maxLength(128)), z.string().check(z.maxLength(1024))), {}),
  /** Alerts that name the service and no version count too: those that began after the change. */
  anyVersion: z._default(z.boolean(), false),
});
export type AlertmanagerSettings = z.infer<typeof alertmanagerSchema>;

/** What Alertmanager tells the agent's webhook. */
export const alertmanagerSignalSchema = z.strictObject({ alertmanager: alertmanagerSchema });
