import type { AgentDeps } from "../agent-deps.ts";
import { buildAppliers } from "../build-appliers.ts";
import { attendHooks } from "../hooks/attend-hooks.ts";
import { logProcessEvent, logStanding } from "../log-events.ts";
import type { Standing } from "../loop/loop-state.ts";
import { createObserver } from "../observe/observer.ts";
import { instanceRecord } from "../presence/instance-record.ts";
import { keepReleases } from "../releases/keep-releases.ts";
import { announceEndpoint } from "./announce-endpoint.ts";
import { followService } from "./follow-service.ts";
import { keepOff } from "./keep-off.ts";
import { leadService } from "./lead-service.ts";
import { outliveRestore } from "./outlive-restore.ts";
import { paceChanges } from "./pace-changes.ts";
import type { Control, ControlDeps } from "./parts.ts";
import { pinLocally } from "./pin-locally.ts";
import { reconcileInstance } from "./reconcile-instance.ts";
import { recordFlips } from "./record-flips.ts";
import { refreshTemplates } from "./refresh-templates.ts";

/** The pieces refer to each other through closures only: nothing is called before it runs. */
export function createControl(deps: ControlDeps): Control {
  const { clock, file, log } = deps.agent;
  const standing = { now: { status: "reconciling", reason: { code: "starting", message: "the agent starts" }, applied: undefined } as Standing };
  const identity = identityOf(deps.agent);
  const look = (): void => control.loop.poke();
  const observer = file.observe === undefined ? undefined : createObserver(file.observe, { folder: deps.agent.folder, instance: deps.agent.instance, catalog: deps.agent.store.catalog, clock, onChange: look });
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
  const endpoints = refreshTemplates(deps, () => control);
  const lead = file.actuator === "service" ? leadService(deps, () => control) : undefined;
  const control: Control = {
    observer,
    releases,
    endpoints,
    lead,
    hooks: attendHooks(deps, () => control.follower.intent()),
    off: keepOff(deps, () => deps.presence.report(control.record())),
    appliers: buildAppliers(deps.agent, {
      announce: announceEndpoint(deps, () => control.off.look()),
      onProcessEvent: (event) => logProcessEvent(log, deps.counters, deps.onDiskFault, event),
      onChange: look,
      endpoints: (service) => endpoints?.endpoints(service),
      pins: () => pinsOf(control),
      lead,
    }),
    gate: paceChanges(deps, look),
    localPin: pinLocally(deps, () => control),
    follower: followService(deps, () => control),
    loop: reconcileInstance(deps, () => control, (next) => {
      logStanding(log, standing.now, next);
      standing.now = next;
      control.localPin.note(next);
      deps.presence.hostClock.look();
      deps.presence.report(control.record());
    }),
    adopter: recordFlips(deps, () => control),
    leaver: outliveRestore(deps, () => control),
    record: () =>
      instanceRecord(identity, {
        standing: standing.now,
        intent: control.follower.intent(),
        process: control.appliers.process?.observe(),
        observed: observer?.observed(),
        artifacts: releases.artifacts(),
        traffic: control.off.traffic(),
        clockOffsetMs: deps.presence.hostClock.offsetMs(),
      }),
  };
  return control;
}

function pinsOf({ follower }: Control): Readonly<Record<string, string>> {
  const intent = follower.intent();
  return intent.kind === "unknown" ? {} : intent.state.pins;
}

function identityOf({ file, instance, process }: AgentDeps) {
  const address = file.register === false ? undefined : file.register.address;
  return { service: file.service, instance, track: file.track, actuator: file.actuator, address, ...process };
}
