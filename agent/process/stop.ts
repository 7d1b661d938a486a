import type { Clock } from "../../core/clock.ts";
import { findMembers } from "./environ-token.ts";
import { HAS_PROC, canBeSignalled, isAlive, readStat } from "./kernel-facts.ts";
import type { Live } from "./live.ts";

const LOOK_EVERY_MS = 50;
/** After SIGKILL: a process in an uninterruptible wait goes when the kernel lets it. */
const KILL_TAKES_MS = 5_000;

/** `left` are processes that SIGKILL did not end. */
export interface StopReport {
  readonly killed: boolean;
  readonly left: readonly number[];
}

/**
 * Ends a process with all that belongs to it: signal to the group, grace, SIGKILL to the group, then to whatever carries
 * the token elsewhere. Of a process that exited by itself only the rest is ended.
 */
export async function stopProcess(live: Live, signal: NodeJS.Signals, graceMs: number, clock: Clock): Promise<StopReport> {
  if (live.exit() === undefined) {
    signalGroup(live, signal);
    await groupGone(live, graceMs, clock);
  }
  const rest = livingMembers(live);
  const killed = rest.length > 0 || isLeaderAlive(live);
  return { killed, left: await killMembers(live, clock) };
}

/** Ends what an unfinished start of a former agent may have left: there is no pid to go by, only the token. */
export async function killCarriers(token: string, clock: Clock): Promise<readonly number[]> {
  return killUntilGone(() => findMembers(token, undefined), clock);
}

async function killMembers(live: Live, clock: Clock): Promise<readonly number[]> {
  signalGroup(live, "SIGKILL");
  const left = await killUntilGone(() => livingMembers(live), clock);
  // A child's end is told a moment after the kernel shows it.
  if (left.length === 0) await clock.sleep(KILL_TAKES_MS, live.gone);
  return left;
}

/** Again and again, since what is being killed may fork meanwhile. */
async function killUntilGone(find: () => readonly number[], clock: Clock): Promise<readonly number[]> {
  const deadline = clock.monotonic() + KILL_TAKES_MS;
  for (;;) {
    const found = find();
    if (found.length === 0 || clock.monotonic() > deadline) return found;
    for (const pid of found) sendSignal(pid, "SIGKILL");
    await clock.sleep(LOOK_EVERY_MS / 5);
  }
}

async function groupGone(live: Live, graceMs: number, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + graceMs;
  await clock.sleep(graceMs, live.gone);
  while (clock.monotonic() < deadline && isGroupAlive(live)) await clock.sleep(LOOK_EVERY_MS);
}

function isGroupAlive(live: Live): boolean {
  return HAS_PROC ? livingMembers(live).length > 0 : canBeSignalled(-live.pid);
}

function livingMembers(live: Live): readonly number[] {
  return findMembers(live.launch.token, isGroupOurs(live) ? live.pid : undefined);
}

/** The kernel gives no pid away while a group has that number, so a group without a leader is still the old one. */
function isGroupOurs(live: Live): boolean {
  if (!HAS_PROC) return true;
  const stat = readStat(live.pid);
  return stat === undefined || stat.startTime === live.startTime;
}

function isLeaderAlive(live: Live): boolean {
  return live.exit() === undefined && isAlive(live);
}

function signalGroup(live: Live, signal: NodeJS.Signals): void {
  if (isGroupOurs(live)) sendSignal(-live.pid, signal);
}

/** A process that went meanwhile is what was wanted; one that may not be signalled shows in what is left. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH or EPERM.
  }
}
