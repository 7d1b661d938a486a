/** What the kernel says about one process (proc(5)). */
import { readFile, readdir } from "node:fs/promises";
import { systemClock } from "../../../core/clock.ts";

export interface Usage {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly rssMib: number;
  /** User and system, since the process started; counted in ticks of 10 ms. */
  readonly cpuMs: number;
  /** Open files and sockets. */
  readonly descriptors: number;
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

export async function readUsage(pid: number): Promise<Usage> {
  const [status, stat, open] = await Promise.all([readFile(`/proc/${pid}/status`, "utf8"), readFile(`/proc/${pid}/stat`, "utf8"), readdir(`/proc/${pid}/fd`)]);
  const rssKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { at: systemClock.monotonic(), rssMib: rssKib / 1024, cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, descriptors: open.length };
}
