import type { SignalPolicy } from "../../core/config/policy-schema.ts";
import type { PolicyInForce } from "./policy-reader.ts";
import type { Signal, SignalDeps } from "./signal.ts";
import type { Sources } from "./sources.ts";

type OpenSignal = (deps: SignalDeps) => Signal;

/** Each kind is loaded only where a policy names it. */
async function openerOf(settings: SignalPolicy, { alertmanager, audit, prometheus, records }: Sources): Promise<OpenSignal> {
  if ("health" in settings) {
    const { openHealthSignal } = await import("./signals/health-signal.ts");
    return (deps) => openHealthSignal(settings.health, deps);
  }
  if ("traffic" in settings) {
    const { openTrafficSignal } = await import("./signals/traffic-signal.ts");
    return (deps) => openTrafficSignal(settings.traffic, deps);
  }
  if ("prometheus" in settings) {
    if (prometheus === undefined) return silent("it isn't said where Prometheus is", "guard.prometheus");
    const { openPrometheusSignal } = await import("./signals/prometheus/prometheus-signal.ts");
    return (deps) => openPrometheusSignal(settings, prometheus, deps);
  }
  if ("chain" in settings) {
    if (records === undefined) return silent("call records come from no bus", "guard.bus");
    const { openChainSignal } = await import("./signals/chain-signal.ts");
    return (deps) => openChainSignal(records, deps);
  }
  if ("audit" in settings) {
    if (audit === undefined) return silent("no audit log is named", "guard.audit");
    const { openAuditSignal } = await import("./signals/audit-signal.ts");
    return (deps) => openAuditSignal(settings.audit, audit, deps);
  }
  if (alertmanager === undefined) return silent("Alertmanager has no webhook here", "guard.alertmanager");
  const { openAlertmanagerSignal } = await import("./signals/alertmanager/alertmanager-signal.ts");
  return (deps) => openAlertmanagerSignal(settings.alertmanager, alertmanager, deps);
}

/** The policy names what this host's file doesn't have. */
function silent(why: string, key: string): OpenSignal {
  return () => ({
    read: () => Promise.resolve({ says: "no-data", summary: `${why}: add ${key} to the file of the agent that guards`, evidence: [] }),
    close: () => Promise.resolve(),
  });
}

/** The signals of the policy in force, by the names that it gives them. */
export interface SignalKeeper {
  /** Opened anew where the policy is another. */
  of(inForce: PolicyInForce): Promise<ReadonlyMap<string, Signal>>;
  close(): Promise<void>;
}

export function keepSignals(deps: Omit<SignalDeps, "judge" | "name"> & { readonly sources: Sources }): SignalKeeper {
  let digest: string | undefined;
  let opened = new Map<string, Signal>();
  const close = async (): Promise<void> => {
    const former = [...opened.values()];
    opened = new Map();
    digest = undefined;
    await Promise.all(former.map((signal) => signal.close()));
  };
  return {
    close,
    async of(inForce) {
      if (digest === inForce.digest) return opened;
      await close();
      const { judge, signals } = inForce.policy;
      for (const [name, settings] of Object.entries(signals)) opened.set(name, (await openerOf(settings, deps.sources))({ ...deps, name, judge }));
      digest = inForce.digest;
      return opened;
    },
  };
}
