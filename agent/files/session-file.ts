import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "./atomic-write.ts";

const FILE = "session";
const SESSION = /^[0-9a-f-]{36}$/;

/** The Consul session of this agent's former life, so that its record stays held over a restart. */
export async function readSession(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, FILE), "utf8").catch(() => "");
  return SESSION.test(text.trim()) ? text.trim() : undefined;
}

/** Losing it costs no more than a session that has to run out, so a full disk is no fault here. */
export async function writeSession(folder: string, session: string): Promise<void> {
  await writeAtomically(join(folder, FILE), `${session}\n`).catch(() => undefined);
}
