/**
 * A random token in the environment marks every descendant of a process, those too that left its group and lost their
 * parent. Linux only: elsewhere the group is all that can be found.
 */
import { HAS_PROC, allPids, readProc, readStat } from "./kernel-facts.ts";

export const TOKEN_VARIABLE = "ROLLPIN_PROCESS";

/** Living processes that carry the token, or are in the given group. */
export function findMembers(token: string, group: number | undefined): readonly number[] {
  if (!HAS_PROC) return [];
  const mark = Buffer.from(`${TOKEN_VARIABLE}=${token}\0`);
  return allPids().filter((pid) => isMember(pid, mark, group));
}

function isMember(pid: number, mark: Buffer, group: number | undefined): boolean {
  const stat = readStat(pid);
  if (stat === undefined || stat.dead) return false;
  return stat.group === group || (readProc(`/proc/${pid}/environ`)?.includes(mark) ?? false);
}
