import { digestForTrack } from "../../core/decide/digest.ts";
import type { AgentDeps } from "../agent-deps.ts";
import { countOutcome } from "../counters.ts";
import { logOutcome } from "../log-events.ts";
import { NOT_READ } from "../lead/lead.ts";
import { targetOf } from "../loop/determine-intent.ts";
import type { AppliedState } from "../loop/determine-step.ts";
import type { Intent } from "../loop/intent.ts";
import type { KnownIntent, Standing } from "../loop/loop-state.ts";
import { type ReconcileLoop, createReconcileLoop } from "../loop/reconcile.ts";
import type { Control, ControlDeps } from "./parts.ts";
import { selfOf } from "./self.ts";

const LET_GO_MS = 5_000;

/** The loop that makes this instance what it should be. */
export function reconcileInstance({ agent, counters, memory, presence }: ControlDeps, control: () => Control, onStanding: (standing: Standing) => void): ReconcileLoop {
  const { clock, file, instance, lastKnownGood, log } = agent;
  return createReconcileLoop({
    service: file.service,
    track: file.track,
    tries: file.tries,
    instance,
    clock,
    get appliers() {
      return control().appliers.all;
    },
    get gate() {
      return control().gate;
    },
    intent: () => currentIntent(agent, presence, control()),
    process: () => control().appliers.process?.observe(),
    observed: () => control().observer?.observed(),
    artifacts: () => control().releases.artifacts(),
    strays: () => control().releases.strays(),
    ...ledBy(agent, control),
    before: lastKnownGood === undefined ? undefined : appliedBefore(lastKnownGood, agent),
    onStandBack: async (mode) => {
      const { process } = control().appliers;
      if (mode === "observe") return process?.resume();
      await process?.letGo();
      await presence.registration?.letGo(AbortSignal.timeout(LET_GO_MS));
    },
    onStanding,
    onApplied: (applied, intent, hasSwitched) => {
      remember(memory, file.track, applied, intent, hasSwitched);
      control().observer?.lookSoon();
    },
    onOutcome: (outcome) => {
      countOutcome(counters, outcome);
      logOutcome(log, outcome);
    },
  });
}

/** What this instance is to do, as far as it may do anything under its name. */
export function currentIntent(agent: AgentDeps, presence: ControlDeps["presence"], { follower, localPin }: Control): Intent {
  return presence.isTaken() ? takenIntent(agent) : localPin.overlay(follower.intent());
}

/** What Consul said stays what is remembered: a local pin ends, and Consul's word is what follows. */
function remember(memory: ControlDeps["memory"], track: string, applied: AppliedState, intent: KnownIntent, hasSwitched: boolean): void {
  if (intent.local === undefined) memory.remember(applied, intent, hasSwitched);
  else if (intent.kind === "consul") memory.remember({ ...applied, digest: digestForTrack(intent.state, track) }, intent, hasSwitched);
}

function ledBy({ file }: AgentDeps, control: () => Control) {
  if (file.actuator !== "service") return {};
  return { lead: () => control().lead?.lead() ?? NOT_READ, settleMs: file.observe?.settle };
}

/** Two agents under one name would start the service twice and take each other's place in the catalog. */
function takenIntent({ file, instance, store }: AgentDeps): Intent {
  const key = `${store.prefix}/instances/${file.service}/${instance}`;
  const message = `another agent that lives reports as ${instance} of ${file.service} (its session holds ${key}): this one starts and stops nothing. Give one of them another "instance" in its file; if the other is dead, this one takes over once its session has run out`;
  return { kind: "unknown", hold: { code: "name-taken", message } };
}

function appliedBefore({ digest, revision, state }: NonNullable<AgentDeps["lastKnownGood"]>, agent: AgentDeps): AppliedState {
  return { revision, digest, target: targetOf(state, selfOf(agent)) };
}
