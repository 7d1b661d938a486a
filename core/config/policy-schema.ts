/**
 * What a service's policy may hold, as it is written: `policies/<service>`, data only. No URL, no command and no secret
 * stands in it: those are in the file of the agent that guards. Published as docs/reference/policy.schema.json.
 */
import * as z from "zod/mini";
import { deeds } from "../model/guard-records.ts";
import { strategies } from "../model/requests.ts";
import { percentage, within } from "./fields.ts";
import { alertmanagerSignalSchema } from "./signals/alertmanager.ts";
import { auditSignalSchema } from "./signals/audit.ts";
import { chainSignalSchema } from "./signals/chain.ts";
import { healthSignalSchema } from "./signals/health.ts";
import { prometheusSignalSchema } from "./signals/prometheus.ts";
import { trafficSignalSchema } from "./signals/traffic.ts";

const signalName = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/, { error: 'a signal is called by 1 to 32 of a-z, 0-9 and "-", starting with a letter' }));

/** Each kind has a file of its own in core/config/signals. */
const signalSchema = z.union([healthSignalSchema, trafficSignalSchema, prometheusSignalSchema, alertmanagerSignalSchema, chainSignalSchema, auditSignalSchema]);
export type SignalPolicy = z.infer<typeof signalSchema>;

const judgeSchema = z.strictObject({
  /** That a difference is none of chance. */
  confidence: z._default(percentage.check(z.refine((part) => part >= 0.5 && part < 1, { error: "is from 50% up to, not including, 100%" })), 0.99),
  /** Requests of each version before anything is said. */
  minSamples: z._default(z.int().check(z.minimum(1)), 50),
  /** Smaller differences are no reason to act. */
  effect: z._default(z.strictObject({ errors: z._default(percentage, 0.005), latency: z._default(percentage, 0.1) }), { errors: 0.005, latency: 0.1 }),
});
export type JudgeSettings = z.infer<typeof judgeSchema>;

const strategyRuleSchema = z.strictObject({
  /** Any of these says bad; absent: any signal at all. */
  when: z.optional(z.array(signalName).check(z.minLength(1, { error: "names at least one signal, or is left out" }))),
  do: z.enum(deeds),
  /** Of a rollback: a version, instead of the previous good one. Of a failover: a service or track:<name>, instead of what the routes say. */
  to: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
  /** Of a rollback: how far it goes when the service can't go back alone. */
  strategy: z.optional(z.enum(strategies)),
});
export type StrategyRule = z.infer<typeof strategyRuleSchema>;

const brakeSchema = z.strictObject({
  /** So many changes by the guard, then a person has to let it go on. */
  rollbacks: z._default(z.int().check(z.minimum(0), z.maximum(20)), 2),
  per: within(1_000, 3_600_000),
});

const MOST_SIGNALS = 16;
const MOST_RULES = 32;

export const policySchema = z.strictObject({
  /** How often signals are read that nothing new is heard of. */
  every: within(100, 10_000),
  signals: z.record(signalName, signalSchema).check(z.refine((signals) => Object.keys(signals).length <= MOST_SIGNALS, { error: `at most ${MOST_SIGNALS} signals` })),
  judge: z._default(judgeSchema, { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } }),
  /** In order; the first that fits is what is done. Without one that fits: page. */
  strategy: z._default(z.array(strategyRuleSchema).check(z.maxLength(MOST_RULES, { error: `at most ${MOST_RULES} rules` })), []),
  brake: z._default(brakeSchema, { rollbacks: 2, per: 3_600_000 }),
  onNoData: z._default(z.enum(["pause", "ignore", "rollback"]), "pause"),
  /** For so long a signal may say nothing before that counts. */
  noDataAfter: within(0, 60_000),
  dryRun: z._default(z.boolean(), false),
});
export type Policy = z.infer<typeof policySchema>;
