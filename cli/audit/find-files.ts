import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Failure, usage } from "../ending.ts";

/** A file and what it was rotated to (`audit.jsonl`, `audit.jsonl.1`, `audit.jsonl.2.gz`), the oldest first. */
export async function findFiles(named: string): Promise<Result<readonly string[], Failure>> {
  const [folder, base] = [dirname(named), basename(named)];
  try {
    const found = (await readdir(folder)).flatMap((name) => {
      const age = ageOf(name, base);
      return age === undefined ? [] : [{ path: join(folder, name), age }];
    });
    if (found.length === 0) return err(usage(`there is no ${named}, and nothing that it was rotated to`));
    return ok(found.sort((one, other) => other.age - one.age).map(({ path }) => path));
  } catch (error) {
    return err(usage(`${folder} can't be read: ${error instanceof Error ? error.message : String(error)}`));
  }
}

/** 0 is written to still. */
function ageOf(name: string, base: string): number | undefined {
  if (name === base) return 0;
  const [, age] = name.startsWith(base) ? (/^\.([1-9]\d{0,8})(?:\.gz)?$/.exec(name.slice(base.length)) ?? []) : [];
  return age === undefined ? undefined : Number(age);
}
