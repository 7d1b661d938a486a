/** A value of the agent's own on disk, as JSON beside its checksum: whole and unaltered, or not believed. */
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod/mini";
import { sha256 } from "../../core/decide/digest.ts";
import { describeIssue } from "../../core/model/parse-record.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { writeAtomically } from "./atomic-write.ts";

/**
 * The folder is made where it isn't there. Not `isLasting`: a cut in power may leave the file before it, whole, for a
 * third less work. Throws what the file system throws.
 */
export async function writeChecked(path: string, value: object, isLasting = true): Promise<void> {
  const body = JSON.stringify(value);
  const content = `${JSON.stringify({ checksum: sha256(body), value: body })}\n`;
  try {
    await writeAtomically(path, content, { isLasting });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeAtomically(path, content);
  }
}

/** Undefined where there is none. A file that is cut short, altered or of another format is a fault, in a sentence. */
export async function readChecked<T>(path: string, schema: z.ZodMiniType<T>): Promise<Result<T | undefined, string>> {
  const text = await readIfThere(path);
  if (!text.ok) return err(`${path} can't be read: ${text.fault}`);
  if (text.value === undefined) return ok(undefined);
  const read = parse(text.value, schema);
  return read.ok ? read : err(`${path} is ignored: ${read.fault}; it is written anew when something is applied`);
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

function parse<T>(text: string, schema: z.ZodMiniType<T>): Result<T, string> {
  const envelope = z.safeParse(envelopeSchema, parseJson(text));
  if (!envelope.success) return err("it is cut short or wasn't written by rollpin");
  const { checksum, value } = envelope.data;
  if (sha256(value) !== checksum) return err("its checksum doesn't match, so it was altered or damaged");
  const parsed = z.safeParse(schema, parseJson(value));
  return parsed.success ? ok(parsed.data) : err(`this version of rollpin can't read it (${parsed.error.issues.map(describeIssue).join("; ")})`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
