import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { parseRecord } from "../../core/model/parse-record.ts";
import { writeAtomically } from "./atomic-write.ts";

const FILE = "off.json";
const offSchema = z.object({ version: z.string(), why: z.string() });
/** A version that was given no requests, and why. */
export type RememberedOff = z.infer<typeof offSchema>;

/** What this agent kept from its clients in its former life: until Consul says otherwise it goes on. */
export async function readOff(folder: string): Promise<RememberedOff | undefined> {
  const text = await readFile(join(folder, FILE), "utf8").catch(() => "");
  const parsed = parseRecord(offSchema, FILE, text);
  return parsed.ok ? parsed.value : undefined;
}

/** Where the disk refuses, an agent that starts anew is told by Consul alone: as soon as that answers. */
export async function writeOff(folder: string, off: RememberedOff | undefined): Promise<void> {
  const path = join(folder, FILE);
  await (off === undefined ? rm(path, { force: true }) : writeAtomically(path, `${JSON.stringify(off)}\n`)).catch(() => undefined);
}
