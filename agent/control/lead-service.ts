import type { Wanted } from "../lead/actuation.ts";
import { type LeadKeeper, keepLead } from "../lead/keep-lead.ts";
import type { Control, ControlDeps } from "./parts.ts";
import { currentIntent } from "./reconcile-instance.ts";

/** This agent's part in who acts for the whole service. */
export function leadService({ agent, onFault, presence }: ControlDeps, control: () => Control): LeadKeeper {
  const { clock, file, instance, random, store } = agent;
  const wanted = (): Wanted | undefined => {
    const intent = currentIntent(agent, presence, control());
    return intent.kind === "consul" ? { digest: intent.digest, version: intent.target.version, restartRevision: intent.restartRevision } : undefined;
  };
  return keepLead({ store, clock, random, service: file.service, track: file.track, instance, session: () => presence.session(), wanted, onFault, onChange: () => control().loop.poke() });
}
