import { planInit } from "../../core/decide/plans/plan-init.ts";
import { isConflict } from "../../core/operations/apply-fault.ts";
import { applyPlan } from "../../core/operations/apply.ts";
import { logApplyFault, logSetBack } from "../log-events.ts";
import { type DesiredFollower, followDesired } from "../loop/follow-desired.ts";
import type { Control, ControlDeps } from "./parts.ts";
import { selfOf } from "./self.ts";

/** Desired state as it stands in Consul, or as it is remembered. */
export function followService({ agent, contact, counters, memory, onFault, onIntent, presence }: ControlDeps, control: () => Control): DesiredFollower {
  const { clock, file, log, random, store } = agent;
  return followDesired({
    store,
    clock,
    random,
    self: selfOf(agent),
    remembered: () => memory.remembered(),
    onIntent: (intent) => {
      control().off.consider(intent);
      control().leaver.consider(intent);
      control().localPin.consider(intent);
      control().loop.poke();
      control().lead?.lookSoon();
      control().hooks.lookSoon();
      onIntent();
    },
    onFlips: (flips) => control().adopter.consider(flips),
    onUnregistered: (versions) => control().releases.offer(versions),
    onWakeUp: () => {
      counters.wakeUps += 1;
    },
    onContact: (fault) => {
      contact.note(fault);
      if (fault !== undefined) onFault(fault);
    },
    onSetBack: (before, now) => logSetBack(log, file.service, before, now),
    onBreak: () => presence.doubt(),
    createHead: async (signal) => {
      const plan = planInit(file.service);
      if (!plan.ok) return;
      const made = await applyPlan(store, plan.value, { by: agent.instance, now: clock.now(), planSuffix: agent.planSuffix() }, { signal });
      if (!made.ok && !isConflict(made.fault)) logApplyFault(log, "the service's head could not be made", made.fault);
    },
  });
}
