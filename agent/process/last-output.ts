import { redactPrinted } from "../redact.ts";
import type { Ground } from "./ground.ts";
import type { Launch } from "./launch.ts";
import { outputPath, readLastLines } from "./output.ts";

/** What it printed last, as others may read it: in status, records and logs. */
export async function lastOutput(launch: Launch, { deps, folder }: Ground): Promise<string> {
  return redactPrinted(await readLastLines(outputPath(folder, launch)), deps.environment, deps.settings.environment);
}
