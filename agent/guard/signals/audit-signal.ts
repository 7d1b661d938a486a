import { parseIsoTime } from "../../../core/clock.ts";
import type { AuditSignalSettings } from "../../../core/config/signals/audit.ts";
import { readAudit } from "../../../core/decide/guard/read-audit.ts";
import type { Reading, Suspect } from "../../../core/model/reading.ts";
import type { Signal, SignalDeps } from "../signal.ts";
import type { AuditSource } from "./audit-source.ts";

/** Failed calls by the audit logs on this host. A call that fails is news. `source` is the guard's, and stays open. */
export function openAuditSignal(settings: AuditSignalSettings, source: AuditSource, { judge, news, service, store }: Pick<SignalDeps, "judge" | "news" | "service" | "store">): Signal {
  const end = source.onFailures((services) => {
    if (services.has(service)) news();
  });
  const read = (suspect: Suspect): Reading => {
    const fault = source.fault();
    if (fault !== undefined) return { says: "no-data", summary: fault, evidence: [] };
    // History's times are Consul's, and rows have this host's.
    const changedMs = parseIsoTime(suspect.since) - store.clockOffsetMs();
    const { baseline = "", version } = suspect;
    const counts = { own: source.since(service, version, changedMs), beside: source.since(service, baseline, changedMs), before: source.before(service, baseline, changedMs) };
    return readAudit({ suspect, counts, settings, judge, badLines: source.badLines() });
  };
  return {
    read: (suspect) => Promise.resolve(read(suspect)),
    close() {
      end();
      return Promise.resolve();
    },
  };
}
