/**
 * What a later agent must know to find our processes again: one small file, replaced atomically. An entry is written
 * BEFORE its process is started (then without a pid: whatever carries its token is a half-started one), and removed
 * only after it is gone. The order of the writes is what makes `kill -9` of the agent harmless at any point.
 */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod/mini";
import type { Clock } from "../../core/clock.ts";
import { writeAtomically } from "../files/atomic-write.ts";
import { describeRefusal } from "../files/disk-refusal.ts";
import { describeBadRecord, parseRecord } from "../../core/model/parse-record.ts";
import { type Result, err, ok } from "../../core/model/result.ts";

const entrySchema = z.object({
  token: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  version: z.string(),
  revision: z.int(),
  port: z.optional(z.int()),
  config: z.optional(z.string()),
  routes: z.optional(z.string()),
  /**
   * `current`: the service. `candidate`: being tried, to be stopped by a later agent. `leaving`: was or may be known to
   * clients, to be drained and stopped once `current` is announced.
   */
  role: z.enum(["current", "candidate", "leaving"]),
  pid: z.optional(z.int()),
  startTime: z.optional(z.string()),
  /** Was ready once. */
  ready: z.boolean(),
});
export type Entry = z.infer<typeof entrySchema>;

const recordSchema = z.object({ format: z.literal(1), processes: z.array(entrySchema) });

export interface ProcessRecord {
  entries(): readonly Entry[];
  /** Replaces the entries, on disk when it answers ok. Writes happen in the order of the calls. The fault names the file. */
  write(change: (entries: readonly Entry[]) => readonly Entry[]): Promise<Result<void, string>>;
}

export const recordPath = (folder: string): string => join(folder, "processes.json");

export async function readEntries(folder: string): Promise<Result<readonly Entry[], string>> {
  const path = recordPath(folder);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return ok([]);
    return err(`${path} can't be read: ${String(error)}`);
  }
  const parsed = parseRecord(recordSchema, path, text);
  return parsed.ok ? ok(parsed.value.processes) : err(describeBadRecord(parsed.fault));
}

export interface RecordDeps {
  readonly clock: Clock;
  /** The agent goes: what is not on disk by then stays as it was. */
  readonly closing: AbortSignal;
  readonly onFault: (message: string) => void;
}

/** Between two tries where the disk refuses what nobody will write again. */
const WRITE_AGAIN_MS = 5_000;

/** What could not be written is written when the disk takes it: processes come and go meanwhile, and a later agent must find them. */
export function keepRecord(folder: string, first: readonly Entry[], { clock, closing, onFault }: RecordDeps): ProcessRecord {
  let entries = first;
  let last: Promise<Result<void, string>> = Promise.resolve(ok(undefined));
  let isCatchingUp = false;

  const write = (): Promise<Result<void, string>> => {
    const text = `${JSON.stringify({ format: 1, processes: entries })}\n`;
    last = last.then(() => replaceFile(recordPath(folder), text));
    return last;
  };
  const catchUp = async (fault: string): Promise<void> => {
    onFault(fault);
    if (isCatchingUp) return;
    isCatchingUp = true;
    do await clock.sleep(WRITE_AGAIN_MS, closing);
    while (!closing.aborted && !(await write()).ok);
    isCatchingUp = false;
  };

  return {
    entries: () => entries,
    async write(change) {
      entries = change(entries);
      const written = await write();
      if (!written.ok) void catchUp(written.fault);
      return written;
    },
  };
}

/** The fault says which file the disk refused, and why. */
export async function replaceFile(path: string, text: string): Promise<Result<void, string>> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return ok(await writeAtomically(path, text));
  } catch (error) {
    return err(`${path} can't be written (${describeRefusal(error)}): make room, or mend its permissions`);
  }
}

/** Replaces the entry with the same token, or adds it. */
export function withEntry(entry: Entry): (entries: readonly Entry[]) => readonly Entry[] {
  return (entries) => [...entries.filter(({ token }) => token !== entry.token), entry];
}

export function withoutToken(token: string): (entries: readonly Entry[]) => readonly Entry[] {
  return (entries) => entries.filter((entry) => entry.token !== token);
}

export function patchEntry(token: string, patch: Partial<Omit<Entry, "token">>): (entries: readonly Entry[]) => readonly Entry[] {
  return (entries) => entries.map((entry) => (entry.token === token ? { ...entry, ...patch } : entry));
}
