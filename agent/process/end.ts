import { writeConfig } from "./config-file.ts";
import type { Ground } from "./ground.ts";
import type { Launch } from "./launch.ts";
import type { Live } from "./live.ts";
import { outputPath, pruneOutputs } from "./output.ts";
import { withoutToken } from "./process-record.ts";
import { killCarriers, stopProcess } from "./stop.ts";

/** Stops a process as its settings say, with all that belongs to it; answers what can't be killed. Its entry and files stay. */
export async function stopAsSet(live: Live, ground: Ground): Promise<readonly number[]> {
  const { clock, log, settings } = ground.deps;
  const { version, port } = live.launch;
  const already = live.exit() !== undefined;
  const { killed, left } = await stopProcess(live, settings.stopSignal, settings.stopGrace, clock);
  if (killed) log({ event: "killed", version, pid: live.pid, left });
  else if (!already) log({ event: "stopped", version, pid: live.pid, port });
  return left;
}

/** Stops it for good, and forgets it: the entry goes last, and only if nothing is left, since until then a later agent has to finish this. */
export async function endProcess(live: Live, ground: Ground): Promise<void> {
  const left = await stopAsSet(live, ground);
  if (left.length === 0) await forget(live.launch.token, ground);
}

/** Ends a candidate that didn't come up, whether or not it ever had a process. */
export function endCandidate(live: Live | undefined, { token, version }: Launch, ground: Ground): Promise<void> {
  return live === undefined ? endRemains(token, version, ground) : endProcess(live, ground);
}

/** Ends what carries the token of an entry that has no (living) process. */
export async function endRemains(token: string, version: string, ground: Ground): Promise<void> {
  const left = await killCarriers(token, ground.deps.clock);
  if (left.length === 0) await forget(token, ground);
  else ground.deps.log({ event: "killed", version, pid: left[0] ?? 0, left });
}

export async function forget(token: string, ground: Ground): Promise<void> {
  await writeConfig(ground.folder, token, undefined);
  await ground.record.write(withoutToken(token));
  await pruneOutputs(ground.folder, ground.record.entries().map((entry) => outputPath(ground.folder, entry)));
}
