/** A process applier with real services below it, in a folder of its own. */
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../core/clock.ts";
import { type Result, ok } from "../../../core/model/result.ts";
import type { Applied, Change, Target } from "../../../agent/appliers/applier.ts";
import { type ProcessApplier, createProcessApplier } from "../../../agent/appliers/process.ts";
import { allPids, readProc, readStat } from "../../../agent/process/kernel-facts.ts";
import type { ServedAt, Untold } from "../../../agent/process/deps.ts";
import type { ProcessEvent } from "../../../agent/process/events.ts";
import { type RawSettings, applyAsTheLoopDoes, parseSettings } from "./loop-step.ts";
import { until } from "../../support/until.ts";

const SERVICES = fileURLToPath(new URL("../../support/services/", import.meta.url));

export interface Rig {
  readonly folder: string;
  readonly instance: string;
  readonly events: ProcessEvent[];
  readonly announced: ServedAt[];
  applier: ProcessApplier;
  /** Replaces what `announce` answers. */
  answer: (endpoint: ServedAt) => Promise<Result<void, Untold>>;
  /** Makes a version out of one of test/support/services. */
  deliver(version: string, service: string): Promise<void>;
  /** A new agent over the same folder. */
  restartAgent(): ProcessApplier;
  change(to: Partial<Target> & { version: string | undefined }, more?: Partial<Change>): Change;
  /** As the loop does it: check, apply, verify, settle, or undo. */
  go(change: Change, signal?: AbortSignal): Promise<Applied>;
  processes(): readonly number[];
  endpoint(): string;
  end(): Promise<void>;
}

/** `{{port}}`: the new process comes up beside the old one. */
export const BESIDE: RawSettings = { command: [process.execPath, "./releases/{{version}}.js", "{{port}}"], drain: "100ms", stopGrace: "1s", readyTimeout: "5s" };

export async function createRig(raw: RawSettings = BESIDE): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "rollpin-process-"));
  await mkdir(join(folder, "releases"));
  const instance = `checkout-${randomBytes(6).toString("hex")}`;
  // None of this instance's: to look into each of a busy machine's processes again and again costs more than the tests.
  const older = new Set(allPids());
  const processes = (): readonly number[] => processesOf(instance, older);
  const settings = parseSettings(raw);
  const events: ProcessEvent[] = [];
  const announced: ServedAt[] = [];
  const appliers: ProcessApplier[] = [];
  let from: Target | undefined;
  let revision = 0;

  const newAgent = (): ProcessApplier => {
    const applier = createProcessApplier({
      settings,
      folder,
      stateFolder: join(folder, "state"),
      service: "checkout",
      instance,
      track: "stable",
      clock: systemClock,
      random: Math.random,
      announce: async (endpoint) => {
        const told = await rig.answer(endpoint);
        if (told.ok) announced.push(endpoint);
        return told;
      },
      linksInto: [SERVICES],
      drained: (_, signal) => systemClock.sleep(settings.drain, signal),
      log: (event) => events.push(event),
      onChange: () => undefined,
      environment: { ...process.env, CONSUL_HTTP_TOKEN: "secret" },
    });
    appliers.push(applier);
    return applier;
  };

  const rig: Rig = {
    folder,
    instance,
    events,
    announced,
    get applier() {
      return appliers.at(-1) ?? newAgent();
    },
    set applier(_) {
      throw new Error("use restartAgent");
    },
    answer: async () => ok(undefined),
    deliver: async (version, service) => {
      await rm(join(folder, "releases", `${version}.js`), { force: true });
      await symlink(join(SERVICES, `${service}.js`), join(folder, "releases", `${version}.js`));
    },
    restartAgent: newAgent,
    change(to, more = {}) {
      revision += 1;
      return { service: "checkout", instance, track: "stable", revision, digest: String(revision), from, to: { config: undefined, routes: undefined, ...to }, restart: false, ...more };
    },
    async go(change, signal = new AbortController().signal) {
      const done = await applyAsTheLoopDoes(rig.applier, change, signal);
      if (done.ok) from = change.to;
      return done;
    },
    processes,
    endpoint: () => `http://127.0.0.1:${announced.at(-1)?.port ?? 0}`,
    async end() {
      for (const applier of appliers) await applier.close("exit");
      for (const pid of processes()) process.kill(pid, "SIGKILL");
      await until("its processes are gone", () => processes().length === 0);
      await rm(folder, { recursive: true, force: true });
    },
  };
  newAgent();
  return rig;
}

/** Every living process that descends from this instance's, found by its environment: nothing of the applier's own knowledge is used. */
function processesOf(instance: string, older: ReadonlySet<number>): readonly number[] {
  const mark = Buffer.from(`ROLLPIN_INSTANCE=${instance}\0`);
  return allPids().filter((pid) => !older.has(pid) && readStat(pid)?.dead === false && (readProc(`/proc/${pid}/environ`)?.includes(mark) ?? false));
}

export async function ask(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  return (await response.text()).trim();
}
