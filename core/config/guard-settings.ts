/** What an agent needs to guard services, beside their policies: what may not stand in Consul, such as tokens, URLs and commands. */
import * as z from "zod/mini";
import { alertmanagerSourceSchema } from "./alertmanager-settings.ts";
import { auditSourceSchema } from "./audit-source.ts";
import { busSchema } from "./bus-settings.ts";
import { httpSourceSchema } from "./http-source.ts";
import { notifySchema } from "./notify-settings.ts";

export const guardSchema = z.strictObject({
  /** Holds the guard's Consul token; the agent's own is used where it isn't given. */
  tokenFile: z.optional(z.string().check(z.minLength(1, { error: "needs a path" }))),
  /** Where Prometheus is, or what answers as it does (Thanos, Mimir, VictoriaMetrics). */
  prometheus: z.optional(httpSourceSchema),
  /** Where Alertmanager's webhook comes in. */
  alertmanager: z.optional(alertmanagerSourceSchema),
  /** Where call records come from. */
  bus: z.optional(busSchema),
  /** Audit logs on this host. */
  audit: z.optional(auditSourceSchema),
  /** Whom it tells what it found and did. */
  notify: z._default(notifySchema, []),
});
export type GuardSettings = z.infer<typeof guardSchema>;
