import { isPortFree } from "../../core/free-ports.ts";
import { bringUp, describeLines } from "./bring-up.ts";
import { type CrashAnswer, answerCrash } from "./crash-policy.ts";
import { stopAsSet } from "./end.ts";
import { orAborted } from "./first-signal.ts";
import type { Ground } from "./ground.ts";
import { type Launch, overlaps } from "./launch.ts";
import { type Live, describeExit } from "./live.ts";
import { lastOutput } from "./last-output.ts";
import { takePort } from "./port.ts";
import type { Entry } from "./process-record.ts";
import { killCarriers } from "./stop.ts";

/**
 *                    exits                       more crashes than allowed
 *     ┌─────────┐ ──────────► ┌────────────┐ ─────────────────────────► ┌─────────┐
 *     │ running │             │ restarting │ ◄─┐ doesn't come up        │ stalled │
 *     └─────────┘ ◄────────── └────────────┘ ──┘                        └─────────┘
 *                    ready
 */
export type Standing =
  | { readonly kind: "running"; readonly live: Live }
  /** `live` is a start under way, not ready yet. */
  | { readonly kind: "restarting"; readonly message: string; readonly lastLines: string; readonly live: Live | undefined }
  | { readonly kind: "stalled"; readonly message: string; readonly lastLines: string };

/** Keeps one launch running: a crash is answered by a restart, a crash loop by standing still. */
export interface Supervision {
  /** As it runs, or is being restarted: the port may have moved. */
  launch(): Launch;
  standing(): Standing;
  /** No more restarts. Answers what lives, which is the caller's from then on. */
  end(): Promise<Live | undefined>;
}

/** Called after every restart that came up; `port` is the one it had before. */
export type OnRestarted = (launch: Launch, port: number | undefined) => void;

/** Supervises what runs; or what should run and doesn't (`live` undefined), which is started at once. */
export function supervise(first: Launch, live: Live | undefined, ground: Ground, onRestarted: OnRestarted): Supervision {
  const { clock, log, onChange } = ground.deps;
  const ended = new AbortController();
  const crashes = countCrashes(ground);
  let launch = first;
  let standing: Standing = live === undefined ? notRunning(first, ground) : { kind: "running", live };

  const become = (next: Standing): void => {
    standing = next;
    onChange();
  };

  /** Undefined: it runs. Otherwise why it doesn't. */
  const start = async (message: string, lastLines: string): Promise<string | undefined> => {
    const { port } = launch;
    launch = await withUsablePort(launch, ground);
    const up = await bringUp(launch, ground, {
      role: roleOf(launch, ground),
      intent: "may",
      settleMs: 0,
      signal: ended.signal,
      onStarted: (starting) => become({ kind: "restarting", message, lastLines, live: starting }),
    });
    if (!up.ok) {
      // A start that was interrupted is left to whoever ended the supervision.
      if (up.fault.live !== undefined && !ended.signal.aborted) await stopAsSet(up.fault.live, ground);
      return up.fault.message;
    }
    log({ event: "restarted", version: launch.version, pid: up.value.pid, port: launch.port, crashes: crashes.total() });
    become({ kind: "running", live: up.value });
    onRestarted(launch, port);
    return undefined;
  };

  /** A crash, or a start that failed, is answered; ends with it running again, stalled, or the supervision ended. */
  const recover = async (crashed: string): Promise<void> => {
    for (let why: string | undefined = crashed; why !== undefined && !ended.signal.aborted; ) {
      const lastLines = await lastOutput(launch, ground);
      const answered = crashes.answer();
      if (answered.kind === "stall") return become(stall(answered.crashes, why, lastLines, launch, ground));
      const message = `${why}; it is started again (crash ${crashes.total()})`;
      become({ kind: "restarting", message, lastLines, live: undefined });
      await clock.sleep(answered.delayMs, ended.signal);
      if (!ended.signal.aborted) why = await start(message, lastLines);
    }
  };

  const run = async (): Promise<void> => {
    if (standing.kind === "restarting") {
      await killCarriers(launch.token, clock);
      const why = await start(standing.message, "");
      if (why !== undefined) await recover(why);
    }
    while (standing.kind === "running" && (await isGone(standing.live, ended.signal))) await recover(await noteExit(standing.live, ground));
  };

  const running = run();
  return {
    launch: () => launch,
    standing: () => standing,
    async end() {
      ended.abort();
      await running;
      return standing.kind === "stalled" || standing.live?.exit() !== undefined ? undefined : standing.live;
    },
  };
}

function countCrashes({ deps }: Ground): { answer(): CrashAnswer; total(): number } {
  const { clock, random, settings } = deps;
  let recent: readonly number[] = [];
  let total = 0;
  return {
    answer() {
      const now = clock.monotonic();
      total += 1;
      recent = [...recent.filter((at) => now - at < settings.crashWindow), now];
      return answerCrash(recent, now, settings, random());
    },
    total: () => total,
  };
}

function notRunning({ version }: Launch, { deps }: Ground): Standing {
  return { kind: "restarting", message: `version ${version} of ${deps.service} was not running; it is started again`, lastLines: "", live: undefined };
}

/** False where the supervision ended first. */
async function isGone(live: Live, ended: AbortSignal): Promise<boolean> {
  await orAborted(live.exited, ended);
  return !ended.aborted;
}

async function noteExit(gone: Live, ground: Ground): Promise<string> {
  const { log, service } = ground.deps;
  const { version } = gone.launch;
  const how = describeExit(gone.exit() ?? {});
  log({ event: "exited", version, pid: gone.pid, how, lastLines: await lastOutput(gone.launch, ground) });
  // What it left behind may hold the port.
  await stopAsSet(gone, ground);
  return `version ${version} of ${service} ${how}`;
}

function stall(crashes: number, why: string, lastLines: string, { version }: Launch, { deps }: Ground): Standing {
  const advice = `it crashed ${crashes} times within ${deps.settings.crashWindow / 1000} s and is not started again: pin another version, or restart it once it is mended`;
  deps.log({ event: "crash-loop", version, crashes, message: why, lastLines });
  return { kind: "stalled", message: `${why}; ${advice}; ${describeLines(lastLines)}`, lastLines };
}

/** The port it had, where that is free: then the catalog stays right. */
async function withUsablePort(launch: Launch, ground: Ground): Promise<Launch> {
  if (launch.port === undefined || !overlaps(ground.deps.settings) || (await isPortFree(launch.port))) return launch;
  return { ...launch, port: (await takePort(ground.ports)) ?? launch.port };
}

/** A former process that crashes beside its successor stays the former one. */
function roleOf({ token }: Launch, { record }: Ground): Entry["role"] {
  return record.entries().find((entry) => entry.token === token)?.role ?? "current";
}
