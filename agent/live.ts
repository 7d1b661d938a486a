import { type Result, err, ok } from "../core/model/result.ts";
import { watchFile } from "./files/watch-file.ts";
import { type Incarnation, type Surroundings, startIncarnation } from "./incarnation.ts";
import { type LoadedFile, loadAgentFile } from "./load-file.ts";
import { type SignalFlag, createSignalFlag } from "./loop/signal-flag.ts";

export interface Signals {
  readonly stop: AbortSignal;
  readonly onReload: (reload: () => void) => void;
}

/** How long signing off may take, process and Consul included, before the agent ends all the same. */
const SIGN_OFF_MS = 60_000;

/** From the first incarnation to the last. A file that can't be used is told, and the one before it stays in force. */
export async function live(first: LoadedFile, around: Surroundings, { onReload, stop }: Signals): Promise<Result<void, readonly string[]>> {
  const asked = createSignalFlag();
  onReload(() => asked.raise());
  // Only a watch that stands notices, so what changed since the file was read is looked for once.
  await watchFile(first.path, () => asked.raise(), { signal: stop, onFault: (message) => around.log.warn({ event: "watch" }, `${first.path} is not watched any more (${message}); send SIGHUP after changing it`) });
  asked.raise();
  let loaded = first;
  let good: LoadedFile | undefined;
  for (;;) {
    const started = await startIncarnation(loaded, around);
    if (!started.ok) {
      if (good === undefined || good === loaded) return err(started.fault);
      for (const problem of started.fault) around.log.error({ event: "reload-failed" }, `${problem}; the file before it stays in force`);
      loaded = good;
      continue;
    }
    good = loaded;
    around.log.info({ event: "started", file: loaded.path, service: loaded.file.service }, "the agent runs");
    const next = await liveOnce(started.value, loaded, around, { asked, stop });
    if (next === undefined) return ok(undefined);
    loaded = next;
  }
}

/** Ends with the next file to live by, or undefined when the agent has signed off, which is the only way it may end. */
async function liveOnce(incarnation: Incarnation, loaded: LoadedFile, around: Surroundings, { asked, stop }: { readonly asked: SignalFlag; readonly stop: AbortSignal }): Promise<LoadedFile | undefined> {
  const { agent } = incarnation;
  const over = new AbortController();
  const ends = AbortSignal.any([stop, over.signal]);
  const running = agent.run(ends);
  const next = await Promise.race([nextFile(loaded, around, asked, ends, () => agent.retry()), running.then(() => undefined)]);
  over.abort();
  await running;
  const ended = next === undefined || stop.aborted;
  if (ended) await agent.signOff(AbortSignal.timeout(SIGN_OFF_MS));
  else await agent.letGo();
  await incarnation.close();
  return ended ? undefined : next;
}

/** Waits for a reload that changes something. */
async function nextFile(current: LoadedFile, { log }: Surroundings, asked: SignalFlag, signal: AbortSignal, retry: () => void): Promise<LoadedFile | undefined> {
  for (;;) {
    await asked.wait(signal);
    if (signal.aborted) return undefined;
    const loaded = await loadAgentFile(current.path);
    if (!loaded.ok) {
      for (const problem of loaded.fault) log.error({ event: "bad-file" }, `${problem}; the file before it stays in force`);
    } else if (fixedDifferences(current, loaded.value).length > 0) {
      log.error({ event: "bad-file" }, `${fixedDifferences(current, loaded.value).join(", ")} can't change while the agent runs; the file before it stays in force. Stop this agent and start it again`);
    } else if (loaded.value.text !== current.text) {
      log.info({ event: "reload", file: current.path }, "the agent's file changed");
      return loaded.value;
    } else {
      retry();
    }
  }
}

/** Who the agent is, and where it keeps what it knows: another answer is another agent, and this one has to sign off first. */
const FIXED = ["service", "instance", "prefix", "state"] as const;

function fixedDifferences({ file: before }: LoadedFile, { file: after }: LoadedFile): readonly string[] {
  return FIXED.filter((key) => before[key] !== after[key]);
}
