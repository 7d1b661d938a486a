/** The key layout, relative to the store's prefix. Documented in docs/reference/keys.md. */
import type { Part } from "../model/desired.ts";

export const desiredRoot = "desired/";
export const instancesRoot = "instances/";
export const routersRoot = "routers/";
export const historyRoot = "history/";
export const releasesRoot = "releases/";
export const verdictsRoot = "verdicts/";

export const desiredFolder = (service: string): string => `${desiredRoot}${service}/`;
export const headKey = (service: string): string => `${desiredFolder(service)}head`;
export const partKey = (service: string, part: Part): string => `${desiredFolder(service)}${part}`;

export const releasesFolder = (service: string): string => `${releasesRoot}${service}/`;
export const releaseKey = (service: string, version: string): string => `${releasesFolder(service)}${version}`;

export const verdictsFolder = (service: string): string => `${verdictsRoot}${service}/`;
export const verdictKey = (service: string, version: string): string => `${verdictsFolder(service)}${version}`;

export const instancesFolder = (service: string): string => `${instancesRoot}${service}/`;
export const instanceKey = (service: string, instance: string): string => `${instancesFolder(service)}${instance}`;

export const routersFolder = (service: string): string => `${routersRoot}${service}/`;
export const routerKey = (service: string, router: string): string => `${routersFolder(service)}${router}`;

export const rememberedRoot = "remembered/";
export const rememberedFolder = (service: string): string => `${rememberedRoot}${service}/`;
export const rememberedKey = (service: string, digest: string): string => `${rememberedFolder(service)}${digest}`;

const REVISION_DIGITS = 10;
export const historyFolder = (service: string): string => `${historyRoot}${service}/`;
export const historyKey = (service: string, revision: number): string =>
  `${historyFolder(service)}${String(revision).padStart(REVISION_DIGITS, "0")}`;

export const operationsRoot = "operations/";
export const operationKey = (id: string): string => `${operationsRoot}${id}`;
export const operationFolder = (id: string): string => `${operationsRoot}${id}/`;
const STEP_DIGITS = 4;
export const operationStepKey = (id: string, step: number): string => `${operationFolder(id)}steps/${String(step).padStart(STEP_DIGITS, "0")}`;
/** Gone where a rollback has ended the operation: no step is done without it. */
export const operationLeaveKey = (id: string): string => `${operationFolder(id)}leave`;
export const operationLocksRoot = "locks/operations/";
/** Held by the session of the program that is at the operation. */
export const operationLockKey = (id: string): string => `${operationLocksRoot}${id}`;

export const policiesRoot = "policies/";
/** By what the service is guarded. */
export const policyKey = (service: string): string => `${policiesRoot}${service}`;

export const guardLocksRoot = "locks/guard/";
/** Held by the session of the agent that guards the service. */
export const guardLockKey = (service: string): string => `${guardLocksRoot}${service}`;
const guardFolder = (service: string): string => `guard/${service}/`;
export const guardStateKey = (service: string): string => `${guardFolder(service)}state`;
/** The last policy that was right, for whoever guards next. */
export const guardPolicyKey = (service: string): string => `${guardFolder(service)}policy`;
export const guardActionsFolder = (service: string): string => `${guardFolder(service)}actions/`;
export const guardActionKey = (service: string, action: number): string => `${guardActionsFolder(service)}${String(action).padStart(REVISION_DIGITS, "0")}`;

/** A change in steps, the one under way or the last. */
export const rolloutKey = (service: string): string => `rollouts/${service}`;

/** How many revisions of each service are kept. */
export const keptRevisionsKey = "meta/history";

/** Held by the session of the agent that acts for the service. */
export const actuatorKey = (service: string, track: string): string => `locks/actuator/${service}/${track}`;

/** Held by the session of the agent that writes the service's entries in Consul's mesh. */
export const meshKey = (service: string): string => `locks/mesh/${service}`;

/** What an operation asks of hooks now. */
export const operationAskKey = (id: string): string => `${operationFolder(id)}ask`;

/** Held by the session of the agent that runs the service's hooks. */
export const hooksKey = (service: string): string => `locks/hooks/${service}`;

export const paceFolder = (service: string): string => `locks/pace/${service}/`;
export const paceStateKey = (service: string): string => `${paceFolder(service)}state`;
export const paceSlotsFolder = (service: string): string => `${paceFolder(service)}slots/`;
export const paceSlotKey = (service: string, instance: string): string => `${paceSlotsFolder(service)}${instance}`;

/** The service of a key below such a root. */
export const serviceIn = (key: string, root: string): string => key.slice(root.length).split("/")[0] ?? "";

/** The last segment of a key. */
export const lastSegment = (key: string): string => key.slice(key.lastIndexOf("/") + 1);
