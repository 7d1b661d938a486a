import { planInit } from "../core/decide/plans/plan-init.ts";
import type { StoreFault } from "../core/model/fault.ts";
import type { InstanceRecord } from "../core/model/records.ts";
import { ok } from "../core/model/result.ts";
import { isConflict } from "../core/operations/apply-fault.ts";
import { applyPlan } from "../core/operations/apply.ts";
import { type Adopter, createAdopter } from "./adopt-flips.ts";
import type { AgentDeps } from "./agent-deps.ts";
import { type BuiltAppliers, buildAppliers } from "./build-appliers.ts";
import { type Counters, countOutcome } from "./counters.ts";
import type { Memory } from "./files/memory.ts";
import { logApplyFault, logOutcome, logProcessEvent, logStanding } from "./log-events.ts";
import { targetOf } from "./loop/determine-intent.ts";
import type { AppliedState } from "./loop/determine-step.ts";
import { type DesiredFollower, followDesired } from "./loop/follow-desired.ts";
import type { Intent } from "./loop/intent.ts";
import type { Standing } from "./loop/loop-state.ts";
import { type ReconcileLoop, createReconcileLoop } from "./loop/reconcile.ts";
import { type Observer, createObserver } from "./observe/observer.ts";
import type { Contact } from "./presence/contact.ts";
import { instanceRecord } from "./presence/instance-record.ts";
import type { Presence } from "./presence/presence.ts";
import { type ReleaseKeeper, keepReleases } from "./releases/keep-releases.ts";
import { type EndpointFollower, followEndpoints } from "./template/follow-endpoints.ts";

/** What moves the instance: desired state comes in, steps are taken, the record goes out. */
export interface Control {
  readonly appliers: BuiltAppliers;
  readonly follower: DesiredFollower;
  readonly loop: ReconcileLoop;
  readonly adopter: Adopter;
  readonly releases: ReleaseKeeper;
  readonly observer: Observer | undefined;
  /** Undefined where no template reads any. */
  readonly endpoints: EndpointFollower | undefined;
  /** As it stands now. */
  readonly record: () => InstanceRecord;
}

export interface ControlDeps {
  readonly agent: AgentDeps;
  readonly presence: Presence;
  readonly memory: Memory;
  readonly counters: Counters;
  readonly contact: Contact;
  readonly onFault: (fault: StoreFault) => void;
}

/** The pieces refer to each other through closures only: nothing is called before it runs. */
export function createControl(deps: ControlDeps): Control {
  const { clock, file, log } = deps.agent;
  const standing = { now: { status: "reconciling", reason: { code: "starting", message: "the agent starts" }, applied: undefined } as Standing };
  const identity = identityOf(deps.agent);
  const look = (): void => control.loop.poke();
  const observer = file.observe === undefined ? undefined : createObserver(file.observe, { folder: deps.agent.folder, clock, onChange: look });
  const releases = keepReleases({
    ...deps.agent,
    onArtifacts: () => {
      look();
      // A flip that waited for this artifact can be written into history now.
      control.follower.lookAgain();
    },
    onRegistered: () => control.follower.lookAgain(),
    onFault: deps.onFault,
  });
  const endpoints = createEndpoints(deps, () => control);
  const control: Control = {
    observer,
    releases,
    endpoints,
    appliers: buildAppliers(deps.agent, {
      announce: async (endpoint) => (await deps.presence.registration?.announce(endpoint)) ?? ok(undefined),
      onProcessEvent: (event) => logProcessEvent(log, deps.counters, event),
      onChange: look,
      endpoints: (service) => endpoints?.endpoints(service),
      pins: () => pinsOf(control),
    }),
    follower: createFollower(deps, () => control),
    loop: createLoop(deps, () => control, (next) => {
      logStanding(log, standing.now, next);
      standing.now = next;
      deps.presence.report(control.record());
    }),
    adopter: createAdopter({
      ...deps.agent,
      service: file.service,
      canObey: () => isObeyable(control),
      onAdopted: (revision, parts) => log.info({ event: "adopted", revision, parts }, "wrote a hand flip into history"),
      onFault: (fault) => logApplyFault(log, "a hand flip could not be written into history", fault),
    }),
    record: () =>
      instanceRecord(identity, {
        standing: standing.now,
        intent: control.follower.intent(),
        process: control.appliers.process?.observe(),
        observed: observer?.observed(),
        artifacts: releases.artifacts(),
      }),
  };
  return control;
}

function createEndpoints({ agent, onFault }: ControlDeps, control: () => Control): EndpointFollower | undefined {
  const { clock, file, log, random, store } = agent;
  const services = [...new Set(file.appliers.flatMap((applier) => ("template" in applier ? applier.template.services : [])))];
  if (services.length === 0) return undefined;
  const refresh = async (signal: AbortSignal): Promise<void> => {
    for (const template of control().appliers.templates) {
      const refreshed = await template.refresh(signal);
      if (!refreshed.ok) log.warn({ event: "template" }, refreshed.fault.message);
    }
  };
  return followEndpoints({ store, clock, random, services, onFault, onChange: (signal) => void refresh(signal) });
}

function pinsOf({ follower }: Control): Readonly<Record<string, string>> {
  const intent = follower.intent();
  return intent.kind === "unknown" ? {} : intent.state.pins;
}

function createFollower({ agent, contact, counters, memory, onFault }: ControlDeps, control: () => Control): DesiredFollower {
  const { clock, file, log, random, store } = agent;
  return followDesired({
    store,
    clock,
    random,
    self: selfOf(agent),
    remembered: () => memory.remembered(),
    onIntent: () => control().loop.poke(),
    onFlips: (flips) => control().adopter.consider(flips),
    onWakeUp: () => {
      counters.wakeUps += 1;
    },
    onContact: (fault) => {
      contact.note(fault);
      if (fault !== undefined) onFault(fault);
    },
    createHead: async (signal) => {
      const plan = planInit(file.service);
      if (!plan.ok) return;
      const made = await applyPlan(store, plan.value, { by: agent.instance, now: clock.now(), planSuffix: agent.planSuffix() }, { signal });
      if (!made.ok && !isConflict(made.fault)) logApplyFault(log, "the service's head could not be made", made.fault);
    },
  });
}

function createLoop({ agent, counters, memory, presence }: ControlDeps, control: () => Control, onStanding: (standing: Standing) => void): ReconcileLoop {
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
    intent: () => (presence.isTaken() ? takenIntent(agent) : control().follower.intent()),
    process: () => control().appliers.process?.observe(),
    observed: () => control().observer?.observed(),
    artifacts: () => control().releases.artifacts(),
    before: lastKnownGood === undefined ? undefined : appliedBefore(lastKnownGood, agent),
    onStanding,
    onApplied: (applied, intent, hasSwitched) => memory.remember(applied, intent, hasSwitched),
    onOutcome: (outcome) => {
      countOutcome(counters, outcome);
      logOutcome(log, outcome);
    },
  });
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

function selfOf({ file }: AgentDeps): { service: string; track: string; localVersion: string | undefined } {
  return { service: file.service, track: file.track, localVersion: file.version };
}

function identityOf({ file, instance, process }: AgentDeps) {
  const address = file.register === false ? undefined : file.register.address;
  return { service: file.service, instance, track: file.track, actuator: file.actuator, address, ...process };
}

/** An instance without the artifact that a flip asks for leaves it to others to write history. */
function isObeyable({ follower, releases }: Control): boolean {
  const intent = follower.intent();
  const artifacts = releases.artifacts();
  const version = intent.kind === "unknown" ? undefined : intent.target.version;
  return version === undefined || artifacts === undefined || artifacts.includes(version);
}
