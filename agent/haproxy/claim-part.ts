/** One agent has rollpin's part of one HAProxy: two would each put right what the other has done. */
import { readlinkSync } from "node:fs";
import { readFile, rm, stat, utimes } from "node:fs/promises";
import * as z from "zod/mini";
import type { Clock } from "../../core/clock.ts";
import { takePlace, writeCandidate } from "../files/atomic-write.ts";
import { isAlive, startTimeOf } from "../process/kernel-facts.ts";
import type { Sections } from "./sections.ts";

export interface Claim {
  /** Takes it, or keeps it: asked at every look. A sentence where another agent that lives has it. */
  take(): Promise<string | undefined>;
  giveBack(): Promise<void>;
}

/** Of an agent in another container, whose pid says nothing here: it looks every two seconds. */
const SILENT_MS = 15_000;

const ownerSchema = z.object({ pid: z.number(), startTime: z.string(), pids: z.string() });
type Owner = z.infer<typeof ownerSchema>;

export function claimPart({ claim: path, prefix }: Sections, clock: Clock): Claim {
  const own: Owner = { pid: process.pid, startTime: startTimeOf(process.pid) ?? "", pids: pidsOf() };
  return {
    async take() {
      // What can't be read or written claims nothing: HAProxy is steered all the same.
      try {
        const owner = await readOwner(path);
        if (owner === undefined || !(await isLiving(owner, own, path, clock))) await takePlace(await writeCandidate(path, JSON.stringify(own), { mode: 0o640 }), path);
        else if (!isSame(owner, own)) return `another agent (pid ${owner.pid}) steers ${prefix} of this HAProxy: ${path} says so; stop one of the two, or give this router a "name" and a port of its own`;
        else await utimes(path, clock.now() / 1_000, clock.now() / 1_000);
        return undefined;
      } catch {
        return undefined;
      }
    },
    async giveBack() {
      const owner = await readOwner(path).catch(() => undefined);
      if (owner !== undefined && isSame(owner, own)) await rm(path, { force: true }).catch(() => undefined);
    },
  };
}

/** Undefined where there is none, or what stands there names nobody. */
async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

async function isLiving(owner: Owner, own: Owner, path: string, clock: Clock): Promise<boolean> {
  if (owner.pids === own.pids) return isAlive(owner, true);
  return clock.now() - (await stat(path)).mtimeMs < SILENT_MS;
}

function isSame(one: Owner, other: Owner): boolean {
  return one.pid === other.pid && one.startTime === other.startTime && one.pids === other.pids;
}

/** Within which a pid means something; the same everywhere where the kernel has no such thing. */
function pidsOf(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
