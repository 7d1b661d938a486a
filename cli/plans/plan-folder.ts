import { isAbsolute, join } from "node:path";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { KeptPlan, PlanFolder, World } from "../world.ts";

/** The oldest go first. */
const MOST_KEPT = 100;

/** `$XDG_STATE_HOME/rollpin/plans`, else below `~/.local/state`: for its user alone, since a plan may hold a whole config. */
export function createPlanFolder(env: World["env"]): PlanFolder {
  const folder = folderOf(env);
  if (folder === undefined) {
    const nowhere = err("neither XDG_STATE_HOME nor HOME names a folder");
    return { place: "nowhere", keep: () => Promise.resolve(nowhere), find: () => Promise.resolve(nowhere) };
  }
  return { place: folder, keep: (fingerprint, text) => explained(() => keep(folder, fingerprint, text)), find: (beginning) => explained(() => find(folder, beginning)) };
}

/** A relative one is to be ignored (XDG Base Directory Specification). */
function folderOf({ HOME, XDG_STATE_HOME }: World["env"]): string | undefined {
  const base = XDG_STATE_HOME !== undefined && isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : HOME !== undefined && isAbsolute(HOME) ? join(HOME, ".local", "state") : undefined;
  return base === undefined ? undefined : join(base, "rollpin", "plans");
}

async function explained<T>(act: () => Promise<T>): Promise<Result<T, string>> {
  try {
    return ok(await act());
  } catch (error) {
    if (error instanceof Error && "code" in error) return err(error.message);
    throw error;
  }
}

/** Written beside its place and moved there, so that nobody ever reads half of one. */
async function keep(folder: string, fingerprint: string, text: string): Promise<void> {
  const { mkdir, rename, writeFile } = await import("node:fs/promises");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const beside = join(folder, `.${fingerprint}.${process.pid}`);
  await writeFile(beside, text, { mode: 0o600 });
  await rename(beside, join(folder, `${fingerprint}.json`));
  await removeOldest(folder);
}

async function find(folder: string, beginning: string): Promise<readonly KeptPlan[]> {
  const { readFile } = await import("node:fs/promises");
  const names = (await namesIn(folder)).filter((name) => name.startsWith(beginning));
  return Promise.all(names.map(async (name) => ({ fingerprint: name.slice(0, -".json".length), text: await readFile(join(folder, name), "utf8") })));
}

async function removeOldest(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.length <= MOST_KEPT) return;
  const { rm, stat } = await import("node:fs/promises");
  const dated = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0 })));
  const oldest = dated.sort((a, b) => a.at - b.at).slice(0, names.length - MOST_KEPT);
  for (const { name } of oldest) await rm(join(folder, name), { force: true });
}

const KEPT = /^[0-9a-f]{64}\.json$/;

async function namesIn(folder: string): Promise<readonly string[]> {
  const { readdir } = await import("node:fs/promises");
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => KEPT.test(name)).sort();
}
