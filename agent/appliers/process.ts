import { resolve } from "node:path";
import { ok } from "../../core/model/result.ts";
import { createAnnouncer } from "../process/announcer.ts";
import { checkArtifact } from "../process/check-artifact.ts";
import { writeConfig } from "../process/config-file.ts";
import type { ProcessDeps } from "../process/deps.ts";
import { endProcess, forget } from "../process/end.ts";
import { findAgain } from "../process/find-again.ts";
import type { Ground } from "../process/ground.ts";
import type { Holding, Step } from "../process/holding.ts";
import { isSatisfiedBy, overlaps } from "../process/launch.ts";
import type { ProcessObservation } from "../process/observation.ts";
import { observeHolding, runningOf } from "../process/observe.ts";
import { keepRecord } from "../process/process-record.ts";
import { waitReady } from "../process/ready.ts";
import { createRetirement } from "../process/retire.ts";
import type { Stage } from "../process/stage.ts";
import { type Supervision, supervise } from "../process/supervise.ts";
import { leaveFormer, switchBack, switchBeside } from "../process/switch-beside.ts";
import { exchangeBack, switchInPlace } from "../process/switch-in-place.ts";
import { knownPort, tryOut } from "../process/switch-unannounced.ts";
import type { Applied, Applier, ApplierFault, Change, Disturbance } from "./applier.ts";

export type { ProcessDeps } from "../process/deps.ts";

/** Supervises the service's process and switches its version. States: ../process/holding.ts. */
export interface ProcessApplier extends Applier {
  observe(): ProcessObservation;
  /** Supervises nothing any more, and leaves running what runs; `resume` finds it again. */
  letGo(): Promise<void>;
  /** At agent start: finds the process of a former agent again. Everything else waits for it. */
  resume(): Promise<void>;
}

/** A look at something that was ready before. */
const VERIFY_MS = 5_000;
const NEVER = new AbortController().signal;

export function createProcessApplier(deps: ProcessDeps): ProcessApplier {
  const closing = new AbortController();
  const stage = createStage(deps, closing.signal);
  let holding: Holding = { kind: "none" };
  let found: Promise<void> | undefined;

  const hold = (next: Holding): void => {
    holding = next;
    deps.onChange();
  };
  const take = ({ holding: next, fault }: Step): Applied => {
    hold(next);
    return fault === undefined ? ok(undefined) : failed(fault.kind, fault.message);
  };
  const resume = (): Promise<void> => (found ??= findAgain(stage).then(hold));

  const settle = async (): Promise<void> => {
    if (holding.kind === "switched") hold((await settleSwitched(holding, stage)).holding);
  };

  const switchTo = async (change: Change, version: string, signal: AbortSignal): Promise<Applied> => {
    await settle();
    return take(await exchange(change, version, { holding, stage, signal, hold }));
  };

  return {
    name: "process",
    watchesItself: true,
    observe: () => observeHolding(holding, stage.retirement.count()),
    disturbs: (change) => disturbanceOf(change, holding, deps),
    resume,
    async letGo() {
      await found;
      if (holding.kind === "held") hold(await leave(holding.current));
      found = undefined;
    },
    check: (change) => check(change, holding, deps),
    async apply(change, signal) {
      await resume();
      const { version } = change.to;
      // Emptiness is never a reason to stop something.
      if (version === undefined) return ok(undefined);
      if (isRunning(holding, change, deps)) return rewriteConfig(holding, change.to.config, stage.ground);
      return switchTo(change, version, signal);
    },
    verify: (change, signal) => verify(change, holding, stage.ground, signal),
    async undo(change, why) {
      if (holding.kind === "switched") return take(await (why === "superseded" && servesAlone(holding) ? settleSwitched : undoSwitched)(holding, stage));
      const { from } = change;
      if (from?.version === undefined || runningOf(holding)?.launch.version !== change.to.version) return ok(undefined);
      if (from.version === change.to.version) return rewriteConfig(holding, from.config, stage.ground);
      // The switch was made by a former agent: what it kept for this is gone.
      const undone = await switchTo({ ...change, to: from, restart: false }, from.version, NEVER);
      await settle();
      return undone;
    },
    settle,
    async close(why) {
      await found;
      await close(holding, stage, why);
      closing.abort();
    },
  };
}

async function leave(current: Supervision): Promise<Holding> {
  await current.end();
  return { kind: "none" };
}

interface Exchange {
  readonly holding: Holding;
  readonly stage: Stage;
  readonly signal: AbortSignal;
  readonly hold: (next: Holding) => void;
}

async function exchange(change: Change, version: string, { holding, stage, signal, hold }: Exchange): Promise<Step> {
  const { settings } = stage.ground.deps;
  const port = knownPort(change, holding, stage);
  if (overlaps(settings) && port === undefined) return switchBeside(change, version, holding, stage, signal);
  const tried = port === undefined ? ok(undefined) : await tryOut(change, version, stage, signal);
  if (!tried.ok) return { holding, fault: tried.fault };
  if (signal.aborted) return { holding, fault: { kind: "superseded", message: `a newer target arrived before ${version} was tried` } };
  hold({ kind: "exchanging", from: observeHolding(holding, 0).version, to: version });
  return switchInPlace(change, version, holding, stage, port ?? settings.port, signal);
}

function createStage(deps: ProcessDeps, closing: AbortSignal): Stage {
  // Two agents whose files lie in one folder share the default state folder, but never an instance.
  const folder = resolve(deps.stateFolder, "process", deps.instance);
  const ground: Ground = { deps, folder, record: keepRecord(folder, [], { clock: deps.clock, closing, onFault: (message) => deps.log({ event: "record-unwritten", message }) }), announcer: createAnnouncer(deps), ports: new Set(), closing };
  return {
    ground,
    retirement: createRetirement(ground),
    supervise: (launch, live) => supervise(launch, live, ground, ({ port, version }, former) => ground.announcer.again({ version, port: former }, { version, port })),
  };
}

async function check(change: Change, holding: Holding, deps: ProcessDeps): Promise<Applied> {
  if (change.to.version === undefined || isRunning(holding, change, deps)) return ok(undefined);
  const checked = await checkArtifact(deps, change.to.version);
  return checked.ok ? checked : failed("refused", checked.fault);
}

/** What is being started again will serve in a moment; what gave up won't, and has nothing to lose. */
function disturbanceOf(change: Change, holding: Holding, deps: ProcessDeps): Disturbance {
  const { state } = observeHolding(holding, 0);
  if (change.to.version === undefined || state === "none" || state === "stalled" || isRunning(holding, change, deps)) return "nothing";
  return overlaps(deps.settings) ? "beside" : "in-place";
}

function isRunning(holding: Holding, change: Change, { settings }: ProcessDeps): boolean {
  const live = runningOf(holding);
  return live !== undefined && isSatisfiedBy(change, live.launch, settings.restartOn);
}

/** A config that needs no restart: the process finds it in its file. */
async function rewriteConfig(holding: Holding, text: string | undefined, ground: Ground): Promise<Applied> {
  const token = runningOf(holding)?.launch.token;
  if (token === undefined) return ok(undefined);
  const written = await writeConfig(ground.folder, token, text);
  return written.ok ? written : failed("failed", written.fault);
}

async function verify(change: Change, holding: Holding, ground: Ground, signal: AbortSignal): Promise<Applied> {
  const { version } = change.to;
  if (version === undefined) return ok(undefined);
  const live = runningOf(holding);
  if (live === undefined) return failed("failed", `version ${version} does not run: ${observeHolding(holding, 0).message ?? "nothing was started"}`);
  if (live.launch.version !== version) return failed("failed", `version ${live.launch.version} runs instead of ${version}`);
  const ready = await waitReady(live, ground, VERIFY_MS, signal);
  if (ready.ok) return ready;
  if (ready.fault.kind === "superseded") return failed("superseded", `a newer target arrived while ${version} was verified`);
  return failed("failed", ready.fault.kind === "exited" ? `version ${version} exited as soon as it was there` : `version ${version} stopped being ready: ${ready.fault.why}`);
}

type Switched = Holding & { readonly kind: "switched" };

async function settleSwitched({ live, former }: Switched, stage: Stage): Promise<Step> {
  switch (former.kind) {
    case "beside":
      // It died between verify and here, and the former one serves: the loop sees the wrong version and decides again.
      if (live.exit() !== undefined && former.supervision.standing().kind === "running") return switchBack(live, former.supervision, stage);
      return leaveFormer(live, former.supervision, stage);
    case "stopped":
      await forget(former.launch.token, stage.ground);
      return { holding: { kind: "held", current: stage.supervise(live.launch, live) } };
    case "nothing":
      return { holding: { kind: "held", current: stage.supervise(live.launch, live) } };
  }
}

/** Stopping it before the newer target is up would leave clients with nothing. */
function servesAlone({ live, former }: Switched): boolean {
  const hasPredecessor = former.kind === "stopped" || (former.kind === "beside" && former.supervision.standing().kind === "running");
  return !hasPredecessor && live.exit() === undefined;
}

async function undoSwitched({ live, former }: Switched, stage: Stage): Promise<Step> {
  switch (former.kind) {
    case "beside":
      return switchBack(live, former.supervision, stage);
    case "stopped":
      return exchangeBack(live, former.launch, stage);
    case "nothing":
      await endProcess(live, stage.ground);
      return { holding: { kind: "none" } };
  }
}

/** Order: no more restarts; then what must stop is stopped; what clients still depend on is left to the next agent. */
async function close(holding: Holding, { ground, retirement }: Stage, why: "exit" | "reload"): Promise<void> {
  const live = holding.kind === "held" ? await holding.current.end() : undefined;
  if (holding.kind === "switched" && holding.former.kind === "beside") await holding.former.supervision.end();
  if (live !== undefined && why === "exit" && ground.deps.settings.onAgentExit === "stop") {
    await ground.deps.drained(live.launch, NEVER);
    await endProcess(live, ground);
  }
  ground.announcer.close();
  if (why === "exit") await retirement.atMost(0, NEVER);
  else await retirement.letGo();
}

function failed(kind: ApplierFault["kind"], message: string): Applied {
  return { ok: false, fault: { applier: "process", kind, message } };
}
