import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { messageOf } from "../../model/message-of.ts";
import { type Result, err, ok } from "../../model/result.ts";

export interface RotatedFile {
  readonly path: string;
  /** 0 is written to still. */
  readonly age: number;
  readonly isPacked: boolean;
}

/** A file and what it was rotated to (`audit.jsonl`, `audit.jsonl.1`, `audit.jsonl.2.gz`), the oldest first. The fault is a sentence. */
export async function findFiles(named: string): Promise<Result<readonly string[], string>> {
  try {
    const found = await listRotated(named);
    return found.length === 0 ? err(`there is no ${named}, and nothing that it was rotated to`) : ok(found.map(({ path }) => path));
  } catch (error) {
    return err(`${dirname(named)} can't be read: ${messageOf(error)}`);
  }
}

/** The same; one that is there packed, too, is listed once. Throws what the file system throws. */
export async function listRotated(named: string): Promise<readonly RotatedFile[]> {
  const [folder, base] = [dirname(named), basename(named)];
  const names = new Set(await readdir(folder));
  const found = [...names].flatMap((name) => {
    const age = names.has(`${name}.gz`) ? undefined : ageOf(name, base);
    return age === undefined ? [] : [{ path: join(folder, name), age, isPacked: name.endsWith(".gz") }];
  });
  return found.sort((one, other) => other.age - one.age);
}

function ageOf(name: string, base: string): number | undefined {
  if (name === base) return 0;
  const [, age] = name.startsWith(base) ? (/^\.([1-9]\d{0,8})(?:\.gz)?$/.exec(name.slice(base.length)) ?? []) : [];
  return age === undefined ? undefined : Number(age);
}
