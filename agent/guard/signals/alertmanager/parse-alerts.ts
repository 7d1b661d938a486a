/** Alertmanager's words, as its webhook sends them (version 4) and as its API answers (v2). https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
import * as z from "zod/mini";
import type { AlertmanagerSource } from "../../../../core/config/alertmanager-settings.ts";
import type { Alert, AlertWord } from "../../../../core/decide/guard/alert-episodes.ts";
import { parseServiceName, parseVersion } from "../../../../core/model/names.ts";
import { type Result, err, ok } from "../../../../core/model/result.ts";
import { asJson } from "../as-json.ts";

export interface ParseDeps {
  readonly labels: AlertmanagerSource["labels"];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Of all labels of an alert, names and values: thousands of alerts are kept. */
const MOST_LABEL_CHARACTERS = 4096;
const alertSchema = z.object({
  labels: z.record(z.string(), z.string()).check(z.refine((labels) => Object.entries(labels).flat().join("").length <= MOST_LABEL_CHARACTERS)),
  annotations: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
  startsAt: z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/)),
  generatorURL: z.optional(z.string()),
  fingerprint: z.string().check(z.regex(/^[0-9a-f]{1,64}$/)),
});
const wordSchema = z.extend(alertSchema, { status: z.enum(["firing", "resolved"]) });
const webhookSchema = z.object({ version: z.literal("4", { error: 'is no payload of version "4"' }), alerts: z.array(z.unknown(), { error: "has no list of alerts" }), truncatedAlerts: z.optional(z.number()) });

export interface Webhook {
  readonly words: readonly AlertWord[];
  /** Alerts that name no service, or are none. */
  readonly passedOver: number;
  /** Alertmanager left so many out. */
  readonly truncated: number;
}

/** The fault is one line, and quotes nothing of the text. */
export function parseWebhook(text: string, deps: ParseDeps): Result<Webhook, string> {
  const body = asJson(text);
  if (body === undefined) return err("the body is no JSON");
  const parsed = webhookSchema.safeParse(body);
  if (!parsed.success) return err(`the body ${parsed.error.issues[0]?.path.length === 0 ? "is no object" : (parsed.error.issues[0]?.message ?? "is no webhook's")}: this is for Alertmanager's webhook_configs`);
  const words = parsed.data.alerts.flatMap((each): AlertWord[] => {
    const word = wordSchema.safeParse(each);
    const alert = word.success ? alertOf(word.data, deps) : undefined;
    return alert === undefined || !word.success ? [] : [{ alert, firing: word.data.status === "firing" }];
  });
  return ok({ words, passedOver: parsed.data.alerts.length - words.length, truncated: parsed.data.truncatedAlerts ?? 0 });
}

/** What fires, by `/api/v2/alerts`. */
export function parseApiAlerts(text: string, deps: ParseDeps): Result<readonly Alert[], string> {
  const body = z.array(z.unknown()).safeParse(asJson(text));
  if (!body.success) return err("its answer is no list of alerts: is guard.alertmanager.api.url right?");
  return ok(
    body.data.flatMap((each) => {
      const alert = alertSchema.safeParse(each);
      return (alert.success ? alertOf(alert.data, deps) : undefined) ?? [];
    }),
  );
}

/** Nothing began before there was Prometheus, or begins much later than now. */
const EARLIEST = Date.UTC(2012);
const MOST_AHEAD_MS = 600_000;

/** Undefined where it names no service, a version that is none, or a time that can't be. */
function alertOf({ annotations, fingerprint, generatorURL: source = "", labels, startsAt: began }: z.infer<typeof alertSchema>, { labels: names, now }: ParseDeps): Alert | undefined {
  const [service, version] = [named(labels, names.service), named(labels, names.version)];
  const startsAt = Date.parse(began);
  const isPossible = startsAt > EARLIEST && startsAt < now + MOST_AHEAD_MS;
  if (service === undefined || !parseServiceName(service).ok || !isPossible) return undefined;
  if (version !== undefined && !parseVersion(version).ok) return undefined;
  return { fingerprint, startsAt, service, version, name: named(labels, "alertname") ?? "", labels, words: wordsOf(annotations ?? {}), source: start(source) };
}

/** An empty label is none, as in Prometheus. */
function named(texts: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(texts, name) ? texts[name] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function wordsOf(annotations: Readonly<Record<string, unknown>>): string {
  return start(named(annotations, "summary") ?? named(annotations, "description") ?? "");
}

const LONGEST_WORDS = 500;

/** By way of a buffer, since a part of a text keeps all of it in memory. */
function start(text: string): string {
  return text.length <= LONGEST_WORDS ? text : Buffer.from(text.slice(0, LONGEST_WORDS)).toString("utf8");
}
