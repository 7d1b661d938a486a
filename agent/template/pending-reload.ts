import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../core/decide/digest.ts";
import { writeAtomically } from "../files/atomic-write.ts";

/** Whether a file was put in its place and the reload that must follow is not known to have happened. Outlives the agent. */
export interface PendingReload {
  isSet(): Promise<boolean>;
  set(): Promise<void>;
  clear(): Promise<void>;
}

export function createPendingReload(stateFolder: string, target: string): PendingReload {
  const path = join(stateFolder, `reload-${sha256(target).slice(0, 16)}`);
  return {
    isSet: async () => await stat(path).then(() => true, () => false),
    set: async () => {
      await mkdir(stateFolder, { recursive: true, mode: 0o700 });
      await writeAtomically(path, `${target}\n`);
    },
    clear: async () => await rm(path, { force: true }),
  };
}
