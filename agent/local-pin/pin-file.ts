/** `local-pin.json` and `local-pin-outcome.json` in the agent's state folder. All that write throw what the file system throws. */
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { messageOf } from "../../core/model/message-of.ts";
import { describeIssue } from "../../core/model/parse-record.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { takePlace, writeCandidate } from "../files/atomic-write.ts";
import { type LocalPin, type LocalPinOutcome, localPinOutcomeSchema, localPinSchema } from "./local-pin.ts";

const PIN = "local-pin.json";
const OUTCOME = "local-pin-outcome.json";

/** Undefined where there is none. The fault is a sentence: what can't be read is never half believed. */
export async function readLocalPin(folder: string): Promise<Result<LocalPin | undefined, string>> {
  const path = join(folder, PIN);
  const read = await readJson(path);
  if (!read.ok) return err(`${path} can't be read: ${read.fault}`);
  if (read.value === undefined) return ok(undefined);
  const parsed = z.safeParse(localPinSchema, read.value);
  if (parsed.success) return ok(parsed.data);
  return err(`${path} is ignored (${parsed.error.issues.map(describeIssue).join("; ")}); "rollpin agent unpin --local" removes it`);
}

export async function writeLocalPin(folder: string, pin: LocalPin): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await write(folder, PIN, pin);
}

/** Whether there was one. */
export async function removeLocalPin(folder: string): Promise<boolean> {
  const isThere = (await stat(join(folder, PIN)).catch(() => undefined)) !== undefined;
  await rm(join(folder, PIN), { force: true });
  return isThere;
}

/** Of the pin with that id; undefined while nothing became of it. */
export async function readOutcome(folder: string, id: string): Promise<LocalPinOutcome | undefined> {
  const read = await readJson(join(folder, OUTCOME));
  const parsed = z.safeParse(localPinOutcomeSchema, read.ok ? read.value : undefined);
  return parsed.success && parsed.data.id === id ? parsed.data : undefined;
}

export async function writeOutcome(folder: string, outcome: LocalPinOutcome): Promise<void> {
  await write(folder, OUTCOME, outcome);
}

/** Given to the folder's owner: a person at the console may be root, and the agent isn't. */
async function write(folder: string, name: string, value: object): Promise<void> {
  const { gid, uid } = await stat(folder);
  const path = join(folder, name);
  await takePlace(await writeCandidate(path, `${JSON.stringify(value)}\n`, { mode: 0o600, uid, gid }), path);
}

async function readJson(path: string): Promise<Result<unknown, string>> {
  try {
    return ok(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ok(undefined);
    return err(messageOf(error));
  }
}
