import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Nemesis } from "./nemesis.ts";

/** The agent's own file, as an editor that crashed leaves it. */
export const garbageFile: Nemesis = async ({ agent }) => {
  const path = join(agent.folder, "rollpin.yaml");
  const former = await readFile(path, "utf8");
  await writeFile(path, "service: [carts\n  instance: ../..\n");
  return () => writeFile(path, former);
};
