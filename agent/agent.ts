import type { AgentDeps } from "./agent-deps.ts";
import type { AgentFile } from "../core/config/agent-file.ts";
import type { StoreFault } from "../core/model/fault.ts";
import { catalogRouterOf, meshRoutersOf } from "../core/config/router-settings.ts";
import { createControl } from "./control/control.ts";
import type { Control } from "./control/parts.ts";
import { countFault, createCounters, drainApplySeconds } from "./counters.ts";
import type { GuardFigures, ShownGuard } from "./guard/guard-figures.ts";
import { reportDiskFaults } from "./disk-faults.ts";
import { createMemory } from "./files/memory.ts";
import { createSignalFlag } from "./loop/signal-flag.ts";
import type { AgentState } from "./local-http/state.ts";
import { agentState } from "./presence/agent-state.ts";
import { createContact } from "./presence/contact.ts";
import { firstOf, orAborted } from "./process/first-signal.ts";
import type { CatalogDeps } from "./routers/catalog/steer-catalog.ts";
import { type RouterState, routerState } from "./routers/router-state.ts";
import type { SteerDeps } from "./routers/steer-routers.ts";
import { hasToldRouters } from "./routers/told-routers-file.ts";
import { createPresence } from "./presence/presence.ts";

export interface Agent {
  /** Works until the signal fires; rejects only for bugs. What the instance runs is left as it is. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when what a former agent ran is held again; after `run` was called. */
  resumed(): Promise<void>;
  /** Failed tries are forgotten: a person asked for another go. */
  retry(): void;
  /** A person may have set or ended a local pin. */
  lookForLocalPin(): Promise<void>;
  state(): AgentState;
  /** Undefined where this agent is no guard, or none yet. */
  guardFigures(): GuardFigures | undefined;
  /** How long applies took since this was asked last. */
  drainApplySeconds(): readonly number[];
  /** The end, after `run`: the process is kept or stopped as the file says, and the record goes. */
  signOff(signal: AbortSignal): Promise<void>;
  /** A reload, after `run`: appliers let go of what runs; session and record stay for the next. */
  letGo(): Promise<void>;
}

const RELEASE_MS = 2_000;
/** Nobody serves until the next agent does, so clients that say nothing aren't waited for any longer. */
const SILENCE_MS = 1_000;
/** What routers carry may go on for so long. */
const LEAVE_MS = 10_000;

/** One agent beside one instance: builds the pieces and joins them. */
export function createAgent(deps: AgentDeps): Agent {
  const { clock, file, instance, log } = deps;
  const counters = createCounters();
  const contact = createContact(clock, log);
  const onDiskFault = reportDiskFaults(log, counters);
  const memory = createMemory({ folder: deps.stateFolder, owner: { service: file.service, instance, track: file.track }, clock, initial: deps.lastKnownGood, onFault: onDiskFault });
  const onFault = (fault: { readonly kind: string }): void => countFault(counters, fault.kind);
  const presence = createPresence(deps, { onFault, onTaken: () => control.loop.poke(), onSession: () => control.gate?.sessionChanged(), onClock: () => presence.report(control.record()) });
  const [resumed, turned] = [firstOf(), createSignalFlag()];
  const control: Control = createControl({ agent: deps, presence, memory, counters, contact, onFault, onDiskFault, onIntent: () => turned.raise() });
  const shown: (() => RouterState)[] = [];
  const steering = { agent: deps, presence, onFault, onDiskFault, turned, intent: () => control.follower.intent(), show: (state: () => RouterState) => void shown.push(state) };
  let guards: ShownGuard | undefined;
  return {
    async run(signal) {
      await presence.claim();
      await resume(deps, control);
      resumed.fire();
      await Promise.all([presence.run(signal), runControl(control, signal), steer(steering, signal), guard(deps, { onFault, show: (shown) => (guards = shown) }, signal)]);
      await memory.flush();
    },
    resumed: () => orAborted(new Promise(() => undefined), resumed.signal),
    retry() {
      control.loop.retry();
      control.lead?.retry();
    },
    lookForLocalPin: () => control.localPin.look(),
    state: () =>
      agentState({
        record: control.record(),
        intent: control.follower.intent(),
        confirmedAt: control.follower.confirmedAt(),
        lastKnownGood: memory.remembered(),
        unsaved: memory.fault(),
        session: presence.session(),
        lead: control.lead?.lead(),
        guard: guards,
        ...passing(deps),
        routers: [...deps.routers.map((router) => routerState(router, instance)), ...shown.map((state) => state())],
        localPin: control.localPin.pin(),
        now: clock.monotonic(),
        contact,
        counters,
      }),
    guardFigures: () => guards?.figures,
    drainApplySeconds: () => drainApplySeconds(counters),
    async signOff(signal) {
      const stops = stopsOnExit(file);
      // Out of the catalog first, so that nobody is sent to a process that stops.
      if (stops) await presence.registration?.remove(signal);
      // Before the process may be stopped, and before clients find nobody at the port.
      await Promise.all([deps.inbound?.leave(SILENCE_MS), deps.leaveRouters({ silenceMs: SILENCE_MS, limitMs: LEAVE_MS })]);
      // A process may take longer to stop than an untended session lives, and the record is ours to remove only while we hold it.
      const closed = new AbortController();
      const lingering = presence.linger(closed.signal);
      await close(control, "exit");
      closed.abort();
      await lingering;
      await presence.signOff(signal);
    },
    letGo: () => letGo(control),
  };
}

/** What comes by at this agent's own port, and where it is written down. */
function passing({ audit, inbound }: AgentDeps): Pick<AgentState, "audit" | "inbound"> {
  return { audit: audit(), inbound: inbound?.state() };
}

/** Nothing of it is loaded where the file asks for no router, and none did. */
async function steer(deps: SteerDeps & AskDeps, signal: AbortSignal): Promise<void> {
  const { file, stateFolder } = deps.agent;
  if (file.routers.length === 0 && !(await hasToldRouters(stateFolder))) return;
  const { lookForDropped } = await import("./routers/sign-off-dropped.ts");
  const dropped = await lookForDropped(deps);
  await Promise.all([dropped.signOff(signal), carry(deps, signal), askCatalog(deps, signal)]);
}

interface GuardTold {
  readonly onFault: (fault: StoreFault) => void;
  /** Whose the guard is, and what it counts, can be asked from then on. */
  readonly show: (shown: ShownGuard) => void;
}

/** Nothing of it is loaded where the agent is no guard. */
async function guard({ clock, file, folder, guardStore: store, instance: by, log, planSuffix, random }: AgentDeps, { onFault, show }: GuardTold, signal: AbortSignal): Promise<void> {
  const { guard: settings, service, sessionTtl: sessionTtlMs } = file;
  if (store === undefined || settings === undefined) return;
  const { attendGuard } = await import("./guard/attend-guard.ts");
  await attendGuard({ store, clock, random, log, by, planSuffix, folder, settings, sessionTtlMs, onFault }, service, show, signal);
}

async function carry(deps: SteerDeps, signal: AbortSignal): Promise<void> {
  if (deps.agent.routers.length === 0 && meshRoutersOf(deps.agent.file.routers).length === 0) return;
  const { steerRouters } = await import("./routers/steer-routers.ts");
  await steerRouters(deps.agent.routers, deps, signal);
}

type AskDeps = Omit<CatalogDeps, "registration" | "settings"> & Pick<SteerDeps, "presence">;

async function askCatalog(deps: AskDeps, signal: AbortSignal): Promise<void> {
  const settings = catalogRouterOf(deps.agent.file.routers);
  const { registration } = deps.presence;
  if (settings === undefined || registration === undefined) return;
  const { steerCatalog } = await import("./routers/catalog/steer-catalog.ts");
  await steerCatalog({ ...deps, registration, settings }, signal);
}

async function letGo(control: Control): Promise<void> {
  await close(control, "reload");
  // The next may follow another track, or act for itself only.
  await control.lead?.release(AbortSignal.timeout(RELEASE_MS));
}

/** What the former life left behind comes first: a version pinned on this host, and the process. */
async function resume({ lastKnownGood }: AgentDeps, { appliers, localPin }: Control): Promise<void> {
  await localPin.look();
  if (lastKnownGood?.mode !== "ejected") await appliers.process?.resume();
}

async function runControl({ adopter, endpoints, follower, gate, hooks, lead, leaver, loop, observer, releases }: Control, signal: AbortSignal): Promise<void> {
  const tasks = [loop, follower, releases, adopter, endpoints, observer, lead, leaver, gate, hooks];
  await Promise.all(tasks.map(async (task) => task?.run(signal)));
}

function stopsOnExit(file: AgentFile): boolean {
  return file.appliers.some((applier) => "process" in applier && applier.process.onAgentExit === "stop");
}

async function close({ appliers }: Control, why: "exit" | "reload"): Promise<void> {
  for (const applier of appliers.all.toReversed()) await applier.close(why);
}
