/** What was last applied with success, kept on disk: what an agent starts from when Consul is away. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { sha256 } from "../../core/decide/digest.ts";
import { parseInstanceName, parseServiceName, parseTrack } from "../../core/model/names.ts";
import { describeIssue } from "../../core/model/parse-record.ts";
import { desiredStateSchema, modes } from "../../core/model/records.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { writeAtomically } from "./atomic-write.ts";

const named = (parse: (text: string) => Result<string, string>) => z.string().check(z.refine((text) => parse(text).ok, { error: "is no valid name" }));

const lastKnownGoodSchema = z.object({
  format: z.literal(1),
  service: named(parseServiceName),
  instance: named(parseInstanceName),
  track: named(parseTrack),
  revision: z.int().check(z.nonnegative()),
  plan: z.optional(z.string()),
  mode: z.optional(z.enum(modes)),
  digest: z.string(),
  state: desiredStateSchema,
  at: z.iso.datetime(),
});
export type LastKnownGood = z.infer<typeof lastKnownGoodSchema>;

/** Whose file it must be. */
export interface Owner {
  readonly service: string;
  readonly instance: string;
  readonly track: string;
}

const FILE = "last-known-good.json";

/**
 * The folder is made where it isn't there. Not `isLasting`: a cut in power may leave the file before it, whole, for a
 * third less work. Throws what the file system throws.
 */
export async function writeLastKnownGood(folder: string, value: LastKnownGood, isLasting = true): Promise<void> {
  const body = JSON.stringify(value);
  const content = `${JSON.stringify({ checksum: sha256(body), value: body })}\n`;
  try {
    await writeAtomically(join(folder, FILE), content, { isLasting });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeAtomically(join(folder, FILE), content);
  }
}

/**
 * Undefined where there is none. A file that is cut short, altered, of another format or of another instance is a
 * fault, in a sentence: it is to be reported and then treated as if it weren't there, never half believed.
 */
export async function readLastKnownGood(folder: string, owner?: Owner): Promise<Result<LastKnownGood | undefined, string>> {
  const path = join(folder, FILE);
  const text = await readIfThere(path);
  if (!text.ok) return err(`${path} can't be read: ${text.fault}`);
  if (text.value === undefined) return ok(undefined);
  const read = parse(text.value);
  if (!read.ok) return err(`${path} is ignored: ${read.fault}; it is written anew when something is applied`);
  const stranger = owner === undefined ? undefined : strangerIn(read.value, owner);
  if (stranger !== undefined) return err(`${path} is ignored: it belongs to ${stranger}; give each agent a "state" folder of its own`);
  return ok(read.value);
}

async function readIfThere(path: string): Promise<Result<string | undefined, string>> {
  try {
    return ok(await readFile(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? ok(undefined) : err(message);
  }
}

const envelopeSchema = z.object({ checksum: z.string(), value: z.string() });

function parse(text: string): Result<LastKnownGood, string> {
  const envelope = z.safeParse(envelopeSchema, parseJson(text));
  if (!envelope.success) return err("it is cut short or wasn't written by rollpin");
  const { checksum, value } = envelope.data;
  if (sha256(value) !== checksum) return err("its checksum doesn't match, so it was altered or damaged");
  const parsed = z.safeParse(lastKnownGoodSchema, parseJson(value));
  return parsed.success ? ok(parsed.data) : err(`this version of rollpin can't read it (${parsed.error.issues.map(describeIssue).join("; ")})`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function strangerIn(value: LastKnownGood, owner: Owner): string | undefined {
  const same = value.service === owner.service && value.instance === owner.instance && value.track === owner.track;
  return same ? undefined : `${value.service}/${value.instance} on track ${value.track}, not ${owner.service}/${owner.instance} on track ${owner.track}`;
}
