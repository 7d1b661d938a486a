/** Alertmanager as the guard hears of it: its webhook, and its API where the agent's file names it. */
import type { Clock } from "../../../../core/clock.ts";
import type { AlertmanagerSource } from "../../../../core/config/alertmanager-settings.ts";
import type { Alert } from "../../../../core/decide/guard/alert-episodes.ts";
import type { Log } from "../../../log.ts";
import { type Counted, createCounted } from "../../guard-figures.ts";
import { createAlertBoard } from "./alert-board.ts";
import { openAlertmanager } from "./ask-alertmanager.ts";
import { keepWebhook } from "./keep-webhook.ts";
import { parseWebhook } from "./parse-alerts.ts";
import type { WebhookAnswer } from "./serve-webhook.ts";

export interface AlertSource {
  /** What fires for the service. `unsure`: why more might; undefined where that is all. */
  read(service: string, signal: AbortSignal): Promise<{ readonly firing: readonly Alert[]; readonly unsure: string | undefined }>;
  /** What fires for the service, where the webhook told something new of it just now: nobody need be asked. Undefined where it didn't. */
  justTold(service: string): readonly Alert[] | undefined;
  /** Calls when what fires for the service has changed; until what is returned is called. */
  follow(service: string, news: () => void): () => void;
  /** What came to the webhook, by the status that it was answered with. */
  readonly deliveries: Counted;
  /** Where the webhook listens; undefined until it does. */
  address(): string | undefined;
  close(): Promise<void>;
}

export interface AlertSourceDeps {
  /** Of the agent's file. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether this agent guards the service: a label reaches no other. */
  readonly guards: (service: string) => boolean;
}

const TELL_AGAIN_MS = 60_000;
/** What the webhook said is believed for so long without asking: an Alertmanager that is slow to answer holds nothing up. */
const JUST_MS = 2_000;

/** Begins at once; where the port is taken, as by an agent that is on its way out, it is tried until it is free. */
export async function openAlertSource(settings: AlertmanagerSource, deps: AlertSourceDeps): Promise<AlertSource> {
  const { clock, folder, log } = deps;
  const closing = new AbortController();
  const board = createAlertBoard(clock);
  const api = settings.api === undefined ? undefined : openAlertmanager(settings.api, settings.labels, { clock, folder });
  const opened = clock.monotonic();
  let heard: number | undefined;
  const take = (body: string): WebhookAnswer => {
    const parsed = parseWebhook(body, { labels: settings.labels, now: clock.now() });
    if (!parsed.ok) return { status: 400, message: parsed.fault };
    heard = clock.monotonic();
    const { passedOver, truncated, words } = parsed.value;
    const own = words.filter(({ alert }) => deps.guards(alert.service));
    const { refused } = board.take(own);
    if (truncated > 0) tell("truncated", `Alertmanager left ${truncated} alerts out of what it told: raise max_alerts of its webhook, or group by more labels`);
    if (refused > 0) return { status: 429, message: `${refused} alerts found no place: too many fire` };
    return { status: 200, message: `${own.length} alerts taken, ${words.length - own.length + passedOver} passed over (of services that are not guarded here, or without the label ${settings.labels.service})` };
  };
  const tell = createTeller(log, clock);
  const deliveries = createCounted();
  const onAnswered = ({ message, status }: WebhookAnswer): void => {
    deliveries.add(String(status));
    if (status >= 400) tell(String(status), `Alertmanager's webhook was answered ${status}: ${message}`);
  };
  const webhook = keepWebhook(settings, { ...deps, take, onAnswered }, closing.signal);
  await webhook.tried;
  return {
    async read(service, signal) {
      const at = clock.monotonic();
      const asked = await api?.firing(service, signal);
      if (asked?.ok === true) board.settle(service, asked.value.alerts, { at, complete: !asked.value.fresh });
      const firing = board.firing(service);
      if (asked === undefined) return { firing, unsure: whySilent(settings, { now: clock.monotonic(), opened, heard }) };
      if (!asked.ok) return { firing, unsure: `Alertmanager can't be asked what fires: ${asked.fault}` };
      return { firing, unsure: asked.value.fresh ? "Alertmanager was started a moment ago, and Prometheus tells it what fires once more within a minute or so" : undefined };
    },
    justTold(service) {
      const at = board.toldAt(service);
      return at !== undefined && clock.monotonic() - at < JUST_MS ? board.firing(service) : undefined;
    },
    follow: (service, news) => board.follow(service, news),
    address: webhook.address,
    deliveries,
    async close() {
      closing.abort();
      api?.close();
      await webhook.close();
    },
  };
}

/** Without the API, silence is believed of an Alertmanager that speaks: once it must have said everything again, and while it says anything at all. */
function whySilent({ repeat }: AlertmanagerSource, { heard, now, opened }: { readonly now: number; readonly opened: number; readonly heard: number | undefined }): string | undefined {
  const minutes = `${Math.round(repeat / 6_000) / 10} min`;
  if (now - opened < repeat) return `this agent began to listen ${Math.round((now - opened) / 1_000)} s ago, and Alertmanager says again what fires within ${minutes} (guard.alertmanager.repeat): name its api, so that it can be asked`;
  if (heard === undefined || now - heard > repeat) return `Alertmanager has said nothing for ${minutes} (guard.alertmanager.repeat): have it send an alert that always fires, or name its api, so that it can be asked`;
  return undefined;
}

/** Of each kind one line a minute: whoever floods the webhook doesn't flood the log. */
function createTeller(log: Log, clock: Clock): (kind: string, message: string) => void {
  const told = new Map<string, number>();
  return (kind, message) => {
    const last = told.get(kind);
    if (last !== undefined && clock.monotonic() - last < TELL_AGAIN_MS) return;
    told.set(kind, clock.monotonic());
    log.warn({ event: "alert-webhook", kind }, message);
  };
}
