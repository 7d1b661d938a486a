import type { AlertmanagerSettings } from "../../../../core/config/signals/alertmanager.ts";
import { judgeAlerts } from "../../../../core/decide/guard/judge-alerts.ts";
import type { Signal, SignalDeps } from "../../signal.ts";
import type { AlertSource } from "./alert-source.ts";

/** `source` is the guard's, and stays open. */
export function openAlertmanagerSignal(settings: AlertmanagerSettings, source: AlertSource, { news, service }: Pick<SignalDeps, "news" | "service">): Signal {
  const unfollow = source.follow(service, news);
  return {
    async read(suspect, signal) {
      const told = source.justTold(suspect.service);
      const soon = told === undefined ? undefined : judgeAlerts({ suspect, settings, firing: told, unsure: undefined });
      if (soon?.says === "bad") return soon;
      const { firing, unsure } = await source.read(suspect.service, signal);
      return judgeAlerts({ suspect, settings, firing, unsure });
    },
    close() {
      unfollow();
      return Promise.resolve();
    },
  };
}
