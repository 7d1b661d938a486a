/** A host for an agent whose disk and clock can be made to misbehave while it runs. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type DiskRefusal = "ENOSPC" | "EROFS";

export interface Host {
  /** What the agent must be started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** What lies in the folder of the agent's file can't be written until this is undefined again; nor can its log, where that is said. */
  breakDisk(refusal: DiskRefusal | `${DiskRefusal} log` | undefined): Promise<void>;
  /** Its wall clock is wrong by so much; monotonic time goes on as it does. */
  shiftClock(ms: number): Promise<void>;
  remove(): Promise<void>;
}

const PRELOAD = new URL("./host-faults.js", import.meta.url).href;

export async function createHost(): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), "rollpin-host-"));
  const say = (name: string, text: string | undefined): Promise<void> => (text === undefined ? rm(join(folder, name), { force: true }) : writeFile(join(folder, name), text));
  return {
    environment: { NODE_OPTIONS: `--import=${PRELOAD}`, ROLLPIN_TEST_HOST: folder },
    breakDisk: (refusal) => say("disk", refusal),
    shiftClock: (ms) => say("clock", ms === 0 ? undefined : String(ms)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
