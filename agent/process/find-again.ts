import { adoptProcess } from "./adopt.ts";
import { endRemains, stopAsSet } from "./end.ts";
import type { Holding } from "./holding.ts";
import type { Live } from "./live.ts";
import { type Entry, patchEntry, readEntries, withEntry } from "./process-record.ts";
import { waitReady } from "./ready.ts";
import type { Stage } from "./stage.ts";

/** For one that the former agent hadn't seen ready: it may serve by now. */
const LOOK_MS = 500;

interface Found {
  readonly entry: Entry;
  readonly live: Live | undefined;
}

/**
 * At agent start: the process of a former agent is held again, or started again where it is gone; what was half-started,
 * or was leaving, is ended. Whichever it is, clients are told of it before another is stopped.
 */
export async function findAgain(stage: Stage): Promise<Holding> {
  const { ground } = stage;
  const read = await readEntries(ground.folder);
  if (!read.ok) {
    ground.deps.log({ event: "record-unreadable", message: `${read.fault}; processes of a former agent, if any, must be stopped by hand` });
    return { kind: "none" };
  }
  await ground.record.write(() => read.value);
  for (const { port } of read.value) if (port !== undefined) ground.ports.add(port);
  const all = read.value.map((entry) => ({ entry, live: adoptProcess(entry, ground) }));
  const chosen = choose(all);
  // Those that leave wait until clients know of the chosen one, so it is expected before they are told to go.
  if (chosen !== undefined) ground.announcer.expect();
  for (const found of all) if (found !== chosen) await part(found, stage);
  return chosen === undefined ? { kind: "none" } : hold(chosen, stage);
}

/** The current one if it serves; else one that was leaving and still does, since a wrong version is better than none; else the current one, to be started. */
function choose(all: readonly Found[]): Found | undefined {
  const serving = all.filter(({ entry, live }) => live !== undefined && entry.ready);
  const current = all.filter(({ entry }) => entry.role === "current");
  return current.find((found) => serving.includes(found)) ?? serving.find(({ entry }) => entry.role === "leaving") ?? current[0];
}

async function hold({ entry, live }: Found, { ground, supervise }: Stage): Promise<Holding> {
  const { pid: _pid, startTime: _startTime, role: _role, ready, ...rest } = entry;
  const launch = { port: undefined, config: undefined, routes: undefined, ...rest };
  if (live !== undefined && (ready || (await waitReady(live, ground, LOOK_MS, ground.closing)).ok)) {
    await ground.record.write(patchEntry(entry.token, { role: "current", ready: true }));
    ground.announcer.untilDone({ version: launch.version, port: launch.port });
    return { kind: "held", current: supervise(launch, live) };
  }
  // A start that the former agent didn't see through, and that doesn't serve now either, is done over.
  if (live !== undefined) await stopAsSet(live, ground);
  await ground.record.write(withEntry({ ...entry, pid: undefined, startTime: undefined, ready: false }));
  return { kind: "held", current: supervise(launch, undefined) };
}

async function part({ entry, live }: Found, { ground, retirement }: Stage): Promise<void> {
  if (live === undefined) return endRemains(entry.token, entry.version, ground);
  await ground.record.write(patchEntry(entry.token, { role: "leaving" }));
  retirement.begin(live, entry.role === "candidate" ? "at-once" : "when-clients-know");
}
