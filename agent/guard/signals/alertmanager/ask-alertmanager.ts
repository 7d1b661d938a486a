import type { Clock } from "../../../../core/clock.ts";
import type { AlertmanagerSource } from "../../../../core/config/alertmanager-settings.ts";
import type { HttpSource } from "../../../../core/config/http-source.ts";
import type { Alert } from "../../../../core/decide/guard/alert-episodes.ts";
import { type Result, err, ok } from "../../../../core/model/result.ts";
import { type HttpAsker, openHttpAsker } from "../ask-http.ts";
import { parseApiAlerts } from "./parse-alerts.ts";

/** What its API says. */
export interface Firing {
  /** Neither silenced nor inhibited. */
  readonly alerts: readonly Alert[];
  /** It was started a moment ago: what fires may not have been told to it again. */
  readonly fresh: boolean;
}

export interface Alertmanager {
  /** The fault begins with what it did: "it answers 503". */
  firing(service: string, signal: AbortSignal): Promise<Result<Firing, string>>;
  close(): void;
}

/** Prometheus tells what fires again each minute (rules.alert.resend-delay). Less than that, so that a restart is over before a policy's noDataAfter, and pages nobody. */
const FRESH_MS = 45_000;

export function openAlertmanager(api: HttpSource, labels: AlertmanagerSource["labels"], around: { readonly clock: Clock; readonly folder: string }): Alertmanager {
  const asker = openHttpAsker(api, around);
  return {
    async firing(service, signal) {
      // A service's name is safe in quotes.
      const query = new URLSearchParams({ active: "true", silenced: "false", inhibited: "false", filter: `${labels.service}="${service}"` }).toString();
      const [status, listed] = await Promise.all([askFor(asker, "/api/v2/status", signal), askFor(asker, `/api/v2/alerts?${query}`, signal)]);
      const failed = [status, listed].find((each) => !each.ok);
      if (!status.ok || !listed.ok) return err(failed?.ok === false ? failed.fault : "");
      const now = around.clock.now();
      const alerts = parseApiAlerts(listed.value, { labels, now });
      return alerts.ok ? ok({ alerts: alerts.value.filter((alert) => alert.service === service), fresh: now - startedAt(status.value) < FRESH_MS }) : alerts;
    },
    close: () => asker.close(),
  };
}

async function askFor(asker: HttpAsker, path: string, signal: AbortSignal): Promise<Result<string, string>> {
  const answer = await asker.ask(path, undefined, signal);
  if (!answer.ok) return answer;
  const { location, status, text } = answer.value;
  if (status === 200) return ok(text);
  if (status === 401 || status === 403) return err(`it lets nobody in (${status}): check tokenFile or basicAuthFile under guard.alertmanager.api`);
  return err(`it answers ${status}${location === undefined ? "" : ` and sends to ${location.slice(0, 200)}`}`);
}

/** By its own word; 0 where it gives none. */
function startedAt(text: string): number {
  try {
    const { uptime } = JSON.parse(text) as { readonly uptime?: unknown };
    return typeof uptime === "string" ? Date.parse(uptime) || 0 : 0;
  } catch {
    return 0;
  }
}
