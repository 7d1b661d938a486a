import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../core/decide/digest.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { writeAtomically } from "../files/atomic-write.ts";
import { describeRefusal } from "../files/disk-refusal.ts";

/** Whether a file was put in its place and the reload that must follow is not known to have happened. Outlives the agent. */
export interface PendingReload {
  isSet(): Promise<boolean>;
  /** The fault names the file. */
  set(): Promise<Result<void, string>>;
  /** What can't be removed costs one reload more. */
  clear(): Promise<void>;
}

export function createPendingReload(stateFolder: string, target: string): PendingReload {
  const path = join(stateFolder, `reload-${sha256(target).slice(0, 16)}`);
  return {
    isSet: async () => await stat(path).then(() => true, () => false),
    set: async () => {
      try {
        await mkdir(stateFolder, { recursive: true, mode: 0o700 });
        return ok(await writeAtomically(path, `${target}\n`));
      } catch (error) {
        return err(`${path} can't be written: ${describeRefusal(error)}`);
      }
    },
    clear: async () => await rm(path, { force: true }).catch(() => undefined),
  };
}
