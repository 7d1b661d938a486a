import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../core/model/message-of.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { isAlive, startTimeOf } from "../process/kernel-facts.ts";

const FILE = "agent.lock";

/**
 * One agent a state folder: two would start every process twice. A lock whose owner is dead (pid and start time) is
 * taken over, and so is that of `predecessor`, which has let go of everything. Answers how to give it back; the fault is a sentence.
 */
export async function lockState(folder: string, pid: number, predecessor?: number): Promise<Result<() => Promise<void>, string>> {
  const path = join(folder, FILE);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const owner = await readOwner(path);
    if (owner !== undefined && owner.pid !== pid && owner.pid !== predecessor && isAlive(owner, true)) {
      return err(`another agent (pid ${owner.pid}) uses ${folder}; stop it, or give this one another "state" folder`);
    }
    await writeFile(path, JSON.stringify({ pid, startTime: startTimeOf(pid) ?? "" }), { mode: 0o600 });
    return ok(() => rm(path, { force: true }));
  } catch (error) {
    return err(`the state folder ${folder} can't be used: ${messageOf(error)}`);
  }
}

/** The pid of the agent that uses the folder and lives; undefined where none does. */
export async function livingOwner(folder: string): Promise<number | undefined> {
  const owner = await readOwner(join(folder, FILE));
  return owner !== undefined && isAlive(owner, true) ? owner.pid : undefined;
}

async function readOwner(path: string): Promise<{ readonly pid: number; readonly startTime: string } | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof owner !== "object" || owner === null || !("pid" in owner) || !("startTime" in owner)) return undefined;
    return typeof owner.pid === "number" && typeof owner.startTime === "string" ? { pid: owner.pid, startTime: owner.startTime } : undefined;
  } catch {
    return undefined;
  }
}
