/** What was last applied with success, kept on disk: what an agent starts from when Consul is away. */
import { join } from "node:path";
import * as z from "zod/mini";
import { parseInstanceName, parseServiceName, parseTrack } from "../../core/model/names.ts";
import { desiredStateSchema, modes } from "../../core/model/records.ts";
import { type Result, err } from "../../core/model/result.ts";
import { readChecked, writeChecked } from "./checked-file.ts";

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

/** Throws what the file system throws. */
export function writeLastKnownGood(folder: string, value: LastKnownGood, isLasting = true): Promise<void> {
  return writeChecked(join(folder, FILE), value, isLasting);
}

/**
 * Undefined where there is none. A file that is cut short, altered, of another format or of another instance is a
 * fault, in a sentence: it is to be reported and then treated as if it weren't there, never half believed.
 */
export async function readLastKnownGood(folder: string, owner?: Owner): Promise<Result<LastKnownGood | undefined, string>> {
  const path = join(folder, FILE);
  const read = await readChecked(path, lastKnownGoodSchema);
  const stranger = !read.ok || read.value === undefined || owner === undefined ? undefined : strangerIn(read.value, owner);
  if (stranger !== undefined) return err(`${path} is ignored: it belongs to ${stranger}; give each agent a "state" folder of its own`);
  return read;
}

function strangerIn(value: LastKnownGood, owner: Owner): string | undefined {
  const same = value.service === owner.service && value.instance === owner.instance && value.track === owner.track;
  return same ? undefined : `${value.service}/${value.instance} on track ${value.track}, not ${owner.service}/${owner.instance} on track ${owner.track}`;
}
