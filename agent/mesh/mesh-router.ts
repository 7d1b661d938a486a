/** Consul's service mesh as a router: one agent of several keeps its entries for a service as the routes say. */
import { type MeshRouterSettings, routerName } from "../../core/config/router-settings.ts";
import { type WantedMesh, determineMesh } from "../../core/decide/mesh/determine-mesh.ts";
import { planMeshWrite } from "../../core/decide/mesh/plan-mesh-write.ts";
import { doubled } from "../../core/decide/doubled.ts";
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { type MeshEntry, NEUTRAL_FIELDS } from "../../core/model/mesh-entries.ts";
import { NOBODY_LEADS } from "../../core/model/router-records.ts";
import type { Store } from "../../core/store/port.ts";
import type { AgentDeps } from "../agent-deps.ts";
import { type Holder, holderState } from "../lead/holder.ts";
import { type SignalFlag, createSignalFlag } from "../loop/signal-flag.ts";
import type { Presence } from "../presence/presence.ts";
import type { Standing } from "../routers/follow-upstream.ts";
import type { RecordHolder } from "../routers/hold-router-record.ts";
import { type RouterState, reportedState } from "../routers/router-state.ts";
import type { View } from "../routers/view.ts";
import { type MeshLeadKeeper, keepMeshLead } from "./keep-mesh-lead.ts";
import { type SeenMesh, isSplittable, readMesh } from "./read-mesh.ts";
import { type MeshReport, type MeshStanding, reportMesh } from "./report-mesh.ts";

export interface MeshDeps {
  readonly agent: Pick<AgentDeps, "clock" | "instance" | "log" | "process" | "random"> & { readonly store: Pick<Store, "get" | "mesh" | "prefix" | "transact"> };
  readonly presence: Pick<Presence, "session"> & RecordHolder;
  readonly onFault: (fault: StoreFault) => void;
}

export interface MeshRouter {
  follow(view: View, standing: Standing): void;
  state(): RouterState;
  run(signal: AbortSignal): Promise<void>;
}

interface Mesh {
  readonly settings: MeshRouterSettings;
  readonly deps: MeshDeps;
  readonly lead: MeshLeadKeeper;
  readonly report: MeshReport;
  readonly flag: SignalFlag;
  told: { readonly view: View; readonly standing: Standing } | undefined;
  /** What Consul had, when it was read last. */
  seen: { readonly mesh: SeenMesh; readonly at: number } | undefined;
  applied: MeshStanding["applied"];
  /** What the entries were found to say, when all was well, as text: what differs from it then was somebody else. */
  settled: string | undefined;
  /** When it was found first that this agent may not lead and nobody does, on the monotonic clock. */
  barredSince: number | undefined;
  /** In a row. */
  failures: number;
  /** What was warned of last. */
  warned: string | undefined;
}

/** How often it is looked whether the entries still are as they were written. */
const LOOK_EVERY_MS = 2_000;
/** So long another agent may take to lead. */
const BARRED_MS = 5_000;
/** Faults that somebody has to mend. */
const LASTING: ReadonlySet<StoreFault["kind"]> = new Set(["denied", "bad-answer", "too-large", "oversized"]);
const AGAIN_MS = 250;
const AGAIN_LONGEST_MS = 10_000;

export function createMeshRouter(settings: MeshRouterSettings, deps: MeshDeps): MeshRouter {
  const { agent, onFault, presence } = deps;
  const flag = createSignalFlag();
  const report = reportMesh(settings, agent, presence);
  const onChange = (): void => {
    const holder = lead.holder();
    report.speak(holder.kind === "own" ? "leader" : undefined);
    if (holder.kind === "unknown" || (holder.kind === "vacant" && holder.denied)) warn(mesh, "mesh-lead", holder.why);
    // Another may have written meanwhile.
    mesh.seen = undefined;
    mesh.settled = undefined;
    flag.raise();
  };
  const lead = keepMeshLead({ ...agent, upstream: settings.upstream, session: () => presence.session(), isReady: () => mesh.told !== undefined, onChange, onFault });
  const mesh: Mesh = { settings, deps, lead, report, flag, told: undefined, seen: undefined, applied: undefined, settled: undefined, barredSince: undefined, failures: 0, warned: undefined };
  return {
    follow(view, standing) {
      if (mesh.told === undefined) lead.lookSoon();
      mesh.told = { view, standing };
      flag.raise();
    },
    state: () => stateOf(mesh),
    async run(signal) {
      await Promise.all([lead.run(signal), report.run(signal), look(mesh, signal)]);
      // The record has gone before, so that whoever leads next finds its place free.
      await lead.release();
    },
  };
}

async function look(mesh: Mesh, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const pause = mesh.lead.holder().kind === "own" ? await step(mesh, signal) : standBy(mesh);
    if (pause > 0) await mesh.flag.wait(signal, pause);
  }
}

/** Where nobody leads for long because this agent may not, it says so: no receipt is to count a mesh as told that nobody tells anything. */
function standBy(mesh: Mesh): number {
  const { clock } = mesh.deps.agent;
  const why = whyBarred(mesh.lead.holder());
  if (why === undefined || mesh.told === undefined) {
    mesh.barredSince = undefined;
    mesh.report.speak(undefined);
    return LOOK_EVERY_MS;
  }
  mesh.barredSince ??= clock.monotonic();
  if (clock.monotonic() - mesh.barredSince < BARRED_MS) return LOOK_EVERY_MS;
  const { upstream } = mesh.settings;
  mesh.report.speak("barred");
  mesh.report.tell({ status: { status: "held", reason: { code: NOBODY_LEADS, message: `no agent is seen to lead in Consul's mesh for ${upstream}, and this one may not: ${why}. Its entries stay as they are: give an agent's token the rules of rollpin doctor --acl-policy mesh --service ${upstream}` } }, view: mesh.told.view, applied: undefined, notes: [] });
  return LOOK_EVERY_MS;
}

function whyBarred(holder: Holder): string | undefined {
  return (holder.kind === "unknown" || holder.kind === "vacant") && holder.denied ? holder.why : undefined;
}

/** One of several has nothing to say of what another does. */
function stateOf({ deps: { agent }, lead, report, settings }: Mesh): RouterState {
  const holder = lead.holder();
  const state = reportedState({ upstream: settings.upstream, name: routerName(settings, agent.instance), kind: settings.kind }, report.told());
  return { ...state, ...(holder.kind === "other" ? { status: "stands-by", reason: undefined } : {}), lead: holderState(holder, agent.instance) };
}

/** One write at most. Milliseconds until the next is due. */
async function step(mesh: Mesh, signal: AbortSignal): Promise<number> {
  const { clock } = mesh.deps.agent;
  const { told } = mesh;
  if (told === undefined) return LOOK_EVERY_MS;
  const wait = whyNot(told, mesh.settings.upstream);
  if (wait !== undefined) return say(mesh, told.view, wait, LOOK_EVERY_MS);
  if (mesh.seen === undefined || clock.monotonic() - mesh.seen.at >= LOOK_EVERY_MS) {
    const read = await readMesh(mesh.deps.agent.store, mesh.settings.upstream, { signal });
    if (!read.ok) return fail(mesh, told.view, read.fault);
    mesh.seen = { mesh: read.value, at: clock.monotonic() };
  }
  return advance(mesh, told, mesh.seen.mesh, signal);
}

/** On doubt the entries stay as they are. */
function whyNot({ standing, view }: NonNullable<Mesh["told"]>, upstream: string): MeshStanding["status"] | undefined {
  if (!standing.isCurrent) return { status: "reconciling", reason: { code: "no-contact", message: "Consul has not told yet what the service is, or doesn't answer: its entries in the mesh stay as they are" } };
  if (view.hold?.code === "no-head") return { status: "held", reason: { code: view.hold.code, message: `rollpin doesn't know ${upstream}, so its entries in the mesh stay as they are: register a release, or check the router's "upstream"` } };
  if (view.facts.instances.length === 0) return { status: "reconciling", reason: { code: "no-instances", message: `Consul's catalog shows no instance of ${upstream}, and emptiness is not believed: its entries in the mesh stay as they are` } };
  return undefined;
}

async function advance(mesh: Mesh, { standing, view }: NonNullable<Mesh["told"]>, seen: SeenMesh, signal: AbortSignal): Promise<number> {
  const { adopt, upstream } = mesh.settings;
  const { store } = mesh.deps.agent;
  const determined = determineMesh({ routes: view.routes, facts: view.facts, isSplittable: isSplittable(seen) });
  const wanted = standing.mode === "ejected" ? { ...determined, fields: NEUTRAL_FIELDS } : determined;
  const plan = planMeshWrite({ service: upstream, present: seen.present, wanted, prefix: store.prefix, revision: view.revision, adopt });
  switch (plan.kind) {
    case "refuse":
      return say(mesh, view, { status: "held", reason: { code: plan.code, message: plan.message } }, LOOK_EVERY_MS);
    case "rest":
      return rest(mesh, view, wanted, seen);
    case "write":
      return write(mesh, view, plan.entry, JSON.stringify(wanted.fields), signal);
  }
}

function rest(mesh: Mesh, view: View, wanted: WantedMesh, seen: SeenMesh): number {
  mesh.failures = 0;
  mesh.settled = JSON.stringify(wanted.fields);
  mesh.applied = { view, compiled: wanted.compiled, isSplittable: isSplittable(seen) };
  const notes = isSplittable(seen) ? [] : [`Consul takes ${mesh.settings.upstream} to speak ${seen.protocol}, so that its traffic can't be split: all goes to the largest share. A service-defaults or proxy-defaults with protocol http (http2, grpc) lets it be`];
  return say(mesh, view, view.hold === undefined ? { status: "in-sync" } : { status: "held", reason: view.hold }, LOOK_EVERY_MS, notes);
}

async function write(mesh: Mesh, view: View, entry: MeshEntry, wanted: string, signal: AbortSignal): Promise<number> {
  const { agent } = mesh.deps;
  const { upstream } = mesh.settings;
  if (wanted === mesh.settled) warn(mesh, "mesh-drift", `somebody has changed Consul's ${entry.kind} ${upstream}: it is put right`);
  mesh.settled = undefined;
  if (!(await mesh.lead.confirm(signal))) return say(mesh, view, { status: "reconciling", reason: { code: "no-lead", message: "this agent can't show that it leads, and writes nothing until it can" } }, pauseAfter(mesh));
  const written = await agent.store.mesh.write(upstream, entry, { signal });
  if (!written.ok) return fail(mesh, view, written.fault);
  const read = await agent.store.mesh.read(entry.kind, upstream, { signal });
  if (!read.ok) return fail(mesh, view, read.fault);
  if (mesh.seen !== undefined) mesh.seen = { ...mesh.seen, mesh: { ...mesh.seen.mesh, present: { ...mesh.seen.mesh.present, [entry.kind]: read.value } } };
  return 0;
}

/** Whatever came of it, what Consul has is read anew. What passes by itself, as a conflict or an election, is waited for by receipts. */
function fail(mesh: Mesh, view: View, fault: StoreFault): number {
  mesh.seen = undefined;
  mesh.deps.onFault(fault);
  if (fault.kind === "aborted") return AGAIN_MS;
  const status = LASTING.has(fault.kind) ? "held" : "reconciling";
  return say(mesh, view, { status, reason: { code: fault.kind, message: `${describeStoreFault(fault)}; what is not written stays as it was` } }, pauseAfter(mesh));
}

function pauseAfter(mesh: Mesh): number {
  mesh.failures += 1;
  return doubled(AGAIN_MS, mesh.failures - 1, AGAIN_LONGEST_MS);
}

function say(mesh: Mesh, view: View, status: MeshStanding["status"], pause: number, notes: readonly string[] = []): number {
  mesh.report.tell({ status, view, applied: mesh.applied, notes });
  if (status.status === "held" && status.reason !== undefined) warn(mesh, "router-held", status.reason.message);
  else if (status.status === "in-sync") mesh.warned = undefined;
  return pause;
}

function warn(mesh: Mesh, event: string, message: string): void {
  if (message !== mesh.warned) mesh.deps.agent.log.warn({ event, upstream: mesh.settings.upstream }, message);
  mesh.warned = message;
}
