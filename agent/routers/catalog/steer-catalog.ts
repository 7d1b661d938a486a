/** Consul's catalog as a router: this agent's instance asks there for as much as the routes of its service give it. */
import type { CatalogRouterSettings } from "../../../core/config/router-settings.ts";
import type { StoreFault } from "../../../core/model/fault.ts";
import { partKey } from "../../../core/store/keys.ts";
import type { CheckedEndpoint } from "../../../core/store/port.ts";
import type { AgentDeps } from "../../agent-deps.ts";
import type { Intent } from "../../loop/intent.ts";
import type { SignalFlag } from "../../loop/signal-flag.ts";
import type { Load } from "../../presence/catalog-entry.ts";
import type { Presence } from "../../presence/presence.ts";
import type { Asking, Registration } from "../../presence/registration.ts";
import type { RecordHolder } from "../hold-router-record.ts";
import { NONE_READ, type ReadRoutes, leftByNow, readRoutes } from "../read-routes.ts";
import type { RouterState } from "../router-state.ts";
import { type CatalogView, type OwnRoutes, catalogView, decideBy, isToBeWatched } from "./catalog-view.ts";
import type { Decided } from "./determine-load.ts";
import { fillTags } from "./fill-tags.ts";
import { reportCatalog } from "./report-catalog.ts";
import { type InstanceWatch, watchWhileNeeded } from "./watch-while-needed.ts";

export interface CatalogDeps {
  readonly agent: Pick<AgentDeps, "clock" | "file" | "instance" | "log" | "process" | "random" | "store">;
  readonly presence: Pick<Presence, "isTaken"> & RecordHolder;
  readonly registration: Registration;
  readonly settings: CatalogRouterSettings;
  readonly intent: () => Intent;
  /** Raised whenever that changes. */
  readonly turned: SignalFlag;
  readonly onFault: (fault: StoreFault) => void;
  /** Has `/v1/state` show it. */
  readonly show: (state: () => RouterState) => void;
}

/** What is known now. */
interface Ground {
  readonly watch: InstanceWatch;
  read: ReadRoutes;
  /** Consul's word that was taken last. */
  heard: Intent | undefined;
  /** Undefined while nobody knows. */
  own: OwnRoutes | undefined;
  /** That and what lives, joined. */
  view: CatalogView | undefined;
  /** What is aimed at, as text, and since when, on the monotonic clock. */
  aim: { readonly text: string; readonly since: number };
  /** What the catalog was told to be asked last, as text. */
  asked: string | undefined;
  readonly asking: Asking;
}

/** Who isn't shown after this isn't waited for any more. */
const PATIENCE_MS = 2_000;

/** What is known is gone through again; nobody is asked for that. */
const LOOK_EVERY_MS = 10_000;

/** Works until the signal fires; what is asked for then stays. */
export async function steerCatalog(deps: CatalogDeps, signal: AbortSignal): Promise<void> {
  const { agent, onFault, presence, registration, turned } = deps;
  const { file } = agent;
  const service = file.register === false ? file.service : (file.register.name ?? file.service);
  const watch = watchWhileNeeded({ ...agent, service, onFault, onChange: () => turned.raise() }, signal);
  const ground: Ground = { watch, read: NONE_READ, heard: undefined, own: undefined, view: undefined, aim: { text: "", since: 0 }, asked: undefined, asking: { loadOf: (version) => loadOf(deps, ground, version), onAnnounced: () => turned.raise() } };
  const report = reportCatalog(deps);
  const reporting = report.run(signal);
  deps.show(() => report.state());
  registration.ask(ground.asking);
  while (!signal.aborted) {
    const decided = presence.isTaken() ? undefined : await look(deps, ground);
    const view = viewOf(deps, ground);
    if (view !== undefined) report.tell(view, decided);
    await turned.wait(signal, decided?.waits === undefined ? LOOK_EVERY_MS : PATIENCE_MS);
  }
  await Promise.all([reporting, watch.ended()]);
}

/** Without Consul's word everything stays as it is. */
function takeIntent({ agent: { file, store } }: CatalogDeps, ground: Ground, intent: Intent): void {
  if (intent.kind !== "consul" || intent === ground.heard) return;
  ground.heard = intent;
  const { hold, mode, revision, state } = intent;
  ground.read = readRoutes(mode === "ejected" ? undefined : state.routes, ground.read, `${store.prefix}/${partKey(file.service, "routes")}`);
  ground.own = { state, revision, routes: ground.read.good?.routes, left: leftByNow(intent.left, ground.own ?? { left: [], state }, state), hold: hold ?? ground.read.problem };
}

/** Decides once, and has the catalog asked for what comes of it. */
async function look(deps: CatalogDeps, ground: Ground): Promise<Decided | undefined> {
  const { agent, intent, registration } = deps;
  takeIntent(deps, ground, intent());
  const view = viewOf(deps, ground);
  if (view === undefined) return undefined;
  ground.watch.keep(isToBeWatched(view, agent.instance));
  const version = registration.announced()?.version;
  if (version === undefined) return undefined;
  let decided = decide(deps, ground, version);
  if (decided?.aim.isKeptBack === true && decided.waits === undefined && shownOf(deps, ground)?.keptBack !== true) {
    // What was heard last may be older than the others' next step, and this one may be the last that is left.
    await ground.watch.lookAgain();
    decided = decide(deps, ground, version);
  }
  if (decided !== undefined) ask(deps, ground, decided, version);
  return decided;
}

function decide(deps: CatalogDeps, ground: Ground, version: string): Decided | undefined {
  const { agent } = deps;
  const view = viewOf(deps, ground);
  if (view === undefined) return undefined;
  const now = agent.clock.monotonic();
  const own = { id: agent.instance, version, track: agent.file.track };
  const decided = decideBy(view, own, now - ground.aim.since >= PATIENCE_MS);
  const text = JSON.stringify([ground.own?.revision, decided?.aim]);
  if (decided === undefined || text === ground.aim.text) return decided;
  // Another aim: whoever has to come first gets time anew.
  ground.aim = { text, since: now };
  return decideBy(view, own, false);
}

function ask({ agent, registration }: CatalogDeps, ground: Ground, { aim, waits }: Decided, version: string): void {
  if (waits !== undefined) return;
  const text = JSON.stringify([aim, version]);
  const shown = shownOf({ agent }, ground);
  const isShown = shown === undefined || ((shown.weight ?? aim.weight) === aim.weight && (shown.keptBack === true) === aim.isKeptBack);
  if (text === ground.asked && isShown) return;
  ground.asked = text;
  registration.ask(ground.asking);
}

/** Undefined where it is to stay as it is. */
function loadOf(deps: CatalogDeps, ground: Ground, version: string): Load | undefined {
  const { agent, settings } = deps;
  const decided = decide(deps, ground, version);
  if (decided === undefined || decided.waits !== undefined) return undefined;
  const { aim } = decided;
  return { weight: aim.weight, isKeptBack: aim.isKeptBack, tags: fillTags(settings.tags, aim, { version, track: agent.file.track }) };
}

function viewOf({ agent: { file } }: Pick<CatalogDeps, "agent">, ground: Ground): CatalogView | undefined {
  const { own, view, watch } = ground;
  if (own !== undefined) ground.view = catalogView(file.service, own, watch.instances(), view);
  return ground.view;
}

function shownOf({ agent }: Pick<CatalogDeps, "agent">, { watch }: Ground): CheckedEndpoint | undefined {
  return watch.instances()?.find(({ id }) => id === agent.instance);
}
