/** What this host's file names for signals to be read from: each is opened once, for all services, where it is named. */
import type { Clock } from "../../core/clock.ts";
import type { GuardSettings } from "../../core/config/guard-settings.ts";
import type { CallRecords } from "../bus/call-records.ts";
import type { Log } from "../log.ts";
import type { AuditSource } from "./signals/audit-source.ts";
import type { AlertSource } from "./signals/alertmanager/alert-source.ts";
import type { Prometheus } from "./signals/prometheus/ask-prometheus.ts";

export interface Sources {
  readonly prometheus: Prometheus | undefined;
  readonly alertmanager: AlertSource | undefined;
  readonly records: CallRecords | undefined;
  readonly audit: AuditSource | undefined;
  close(): Promise<void>;
}

export interface SourcesDeps {
  /** As others see who guards. */
  readonly by: string;
  readonly random: () => number;
  /** Of the agent's file. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the service is guarded here. */
  readonly guards: (service: string) => boolean;
}

export async function openSources(settings: GuardSettings, deps: SourcesDeps): Promise<Sources> {
  const prometheus = settings.prometheus === undefined ? undefined : (await import("./signals/prometheus/ask-prometheus.ts")).openPrometheus(settings.prometheus, deps);
  const alertmanager = settings.alertmanager === undefined ? undefined : await (await import("./signals/alertmanager/alert-source.ts")).openAlertSource(settings.alertmanager, deps);
  const records = settings.bus === undefined ? undefined : await (await import("../bus/call-records.ts")).openCallRecords({ ...deps, settings: settings.bus, instance: deps.by });
  const audit = settings.audit === undefined ? undefined : (await import("./signals/audit-source.ts")).openAuditSource(settings.audit, deps);
  return {
    prometheus,
    records,
    audit,
    alertmanager,
    async close() {
      prometheus?.close();
      await Promise.all([alertmanager?.close(), records?.close(), audit?.close()]);
    },
  };
}
