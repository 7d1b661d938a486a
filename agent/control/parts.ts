import type { StoreFault } from "../../core/model/fault.ts";
import type { InstanceRecord } from "../../core/model/records.ts";
import type { Adopter } from "../adopt-flips.ts";
import type { AgentDeps } from "../agent-deps.ts";
import type { BuiltAppliers } from "../build-appliers.ts";
import type { Counters } from "../counters.ts";
import type { Memory } from "../files/memory.ts";
import type { HookKeeper } from "../hooks/keep-hooks.ts";
import type { LeadKeeper } from "../lead/keep-lead.ts";
import type { LocalPinKeeper } from "../local-pin/keep-local-pin.ts";
import type { RememberedLeaver } from "../leave-remembered.ts";
import type { DesiredFollower } from "../loop/follow-desired.ts";
import type { ReconcileLoop } from "../loop/reconcile.ts";
import type { Observer } from "../observe/observer.ts";
import type { Contact } from "../presence/contact.ts";
import type { OffKeeper } from "./keep-off.ts";
import type { PaceGate } from "../pace/gate.ts";
import type { Presence } from "../presence/presence.ts";
import type { ReleaseKeeper } from "../releases/keep-releases.ts";
import type { EndpointFollower } from "../template/follow-endpoints.ts";

/** What moves the instance: desired state comes in, steps are taken, the record goes out. */
export interface Control {
  readonly appliers: BuiltAppliers;
  readonly follower: DesiredFollower;
  readonly loop: ReconcileLoop;
  readonly adopter: Adopter;
  readonly leaver: RememberedLeaver;
  readonly localPin: LocalPinKeeper;
  /** Undefined where this agent changes nothing by itself. */
  readonly gate: PaceGate | undefined;
  readonly releases: ReleaseKeeper;
  readonly observer: Observer | undefined;
  /** Undefined where every instance acts for itself. */
  readonly lead: LeadKeeper | undefined;
  readonly hooks: HookKeeper;
  readonly off: OffKeeper;
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
  /** Another intent stands. */
  readonly onIntent: () => void;
  readonly onFault: (fault: StoreFault) => void;
  /** The disk refused something of the agent's own. */
  readonly onDiskFault: (message: string) => void;
}
