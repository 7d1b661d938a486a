/** What the kernel says about a pid. Linux has /proc; elsewhere `ps` is asked, and only where it must be. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

export const HAS_PROC = process.platform === "linux";

/** A pid alone may be someone else's by now: the kernel's start time makes it one process. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

interface Stat {
  /** `Z` and `X` are dead, whoever forgot to reap them (a container's first process often does). */
  readonly dead: boolean;
  readonly group: number;
  readonly startTime: string;
}

/** proc(5): /proc/pid/stat; the name in parentheses may itself hold anything, so fields are counted after the last one. */
export function readStat(pid: number): Stat | undefined {
  const text = readProc(`/proc/${pid}/stat`)?.toString("latin1");
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  const ticks = fields[19];
  if (state === undefined || group === undefined || ticks === undefined) return undefined;
  return { dead: state === "Z" || state === "X", group: Number(group), startTime: `${bootId()}:${ticks}` };
}

export function startTimeOf(pid: number): string | undefined {
  if (HAS_PROC) return readStat(pid)?.startTime;
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether this very process lives. Without /proc the start time is compared only when `thorough`, since it costs a child. */
export function isAlive({ pid, startTime }: ProcessIdentity, thorough = false): boolean {
  if (HAS_PROC) {
    const stat = readStat(pid);
    return stat !== undefined && !stat.dead && stat.startTime === startTime;
  }
  return canBeSignalled(pid) && (!thorough || startTimeOf(pid) === startTime);
}

export function canBeSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Every pid that /proc shows, the agent's own left out. */
export function allPids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** Undefined where the process went meanwhile, or is someone else's. */
export function readProc(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

let knownBootId: string | undefined;
/** Start times count from boot: after a reboot the same pid and ticks are another process. */
function bootId(): string {
  knownBootId ??= readProc("/proc/sys/kernel/random/boot_id")?.toString("latin1").trim() ?? "";
  return knownBootId;
}
