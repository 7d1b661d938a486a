import type { SignalPolicy } from "../../core/config/policy-schema.ts";
import type { PolicyInForce } from "./policy-reader.ts";
import type { Signal, SignalDeps } from "./signal.ts";

type OpenSignal = (deps: SignalDeps) => Signal;

/** Each kind is loaded only where a policy names it. */
async function openerOf(settings: SignalPolicy): Promise<OpenSignal> {
  const { openHealthSignal } = await import("./signals/health-signal.ts");
  return (deps) => openHealthSignal(settings.health, deps);
}

/** The signals of the policy in force, by the names that it gives them. */
export interface SignalKeeper {
  /** Opened anew where the policy is another. */
  of(inForce: PolicyInForce): Promise<ReadonlyMap<string, Signal>>;
  close(): Promise<void>;
}

export function keepSignals(deps: Omit<SignalDeps, "judge" | "name">): SignalKeeper {
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
      for (const [name, settings] of Object.entries(signals)) opened.set(name, (await openerOf(settings))({ ...deps, name, judge }));
      digest = inForce.digest;
      return opened;
    },
  };
}
