/** One run of a hook's command, between two fenced writes. */
import { resolve } from "node:path";
import { type Clock, isoTime } from "../../core/clock.ts";
import type { MigrateSettings } from "../../core/config/hook-settings.ts";
import type { HookAsk, HookRun } from "../../core/model/hook-records.ts";
import { type Result, err } from "../../core/model/result.ts";
import { runCommand } from "../appliers/run-command.ts";
import type { Log } from "../log.ts";
import { firstOf } from "../process/first-signal.ts";
import { hookEnvironment } from "./hook-environment.ts";
import type { HookLead } from "./hook-lead.ts";

export interface RunHookDeps {
  readonly settings: MigrateSettings;
  readonly folder: string;
  readonly instance: string;
  readonly clock: Clock;
  /** Consul's. */
  readonly now: () => number;
  readonly log: Log;
  readonly lead: HookLead;
}

/** How often its progress is written, and whether this agent still leads is asked. */
const TELL_EVERY_MS = 1_000;
const END_RETRY_MS = 500;
const LONGEST_MESSAGE = 2_048;

/** `begun` is what stands written. Cut off by the signal, or by another that leads, it stays so, and is run again by whoever leads then. */
export async function runHook(deps: RunHookDeps, { asked }: HookAsk, begun: HookRun, signal: AbortSignal): Promise<void> {
  const { clock, lead, log, now, settings } = deps;
  const ends = firstOf(signal);
  const ran = new AbortController();
  let printed = "";
  const telling = tellProgress(deps, begun, { printed: () => printed, onLost: ends.fire }, ran.signal);
  const started = clock.monotonic();
  const outcome = await run(deps, asked, begun, ends.signal, (line) => (printed = line));
  ran.abort();
  await telling;
  const isCutOff = ends.signal.aborted;
  ends.release();
  log.info({ event: "hook", hook: asked.hook, way: begun.way, from: begun.from, to: begun.to, operation: begun.operation, attempt: begun.attempt, ms: Math.round(clock.monotonic() - started), ok: outcome.ok }, outcome.ok ? "ran a hook" : outcome.fault);
  if (isCutOff) return;
  const spent = !outcome.ok && begun.tries >= settings.tries;
  const message = (outcome.ok ? printed : outcome.fault).slice(0, LONGEST_MESSAGE);
  const ended: HookRun = { ...begun, state: outcome.ok ? "done" : "failed", ...(spent ? { spent } : {}), ...(message === "" ? {} : { message }), at: isoTime(now()) };
  while ((await lead.write(ended, signal)) === "again" && !signal.aborted) await clock.sleep(END_RETRY_MS, signal);
}

async function run({ clock, folder, instance, settings }: RunHookDeps, asked: HookAsk["asked"], begun: HookRun, signal: AbortSignal, onPrinted: (line: string) => void): Promise<Result<unknown, string>> {
  const command = settings[begun.way];
  if (command === undefined) return err(`the file of ${instance}'s agent has no hooks.migrate.${begun.way}`);
  const environment = { ...settings.environment, ...hookEnvironment(instance, asked, begun) };
  const ran = await runCommand({ argv: command.command, folder: resolve(folder, settings.directory ?? "."), timeoutMs: command.timeout, environment, leashed: true, onPrinted }, clock, signal);
  return ran.ok ? ran : err(ran.fault.message);
}

/** Each time by a fenced write: an agent that was paused until another took over learns of it here, and ends its command. */
async function tellProgress({ clock, lead }: RunHookDeps, begun: HookRun, { onLost, printed }: { readonly printed: () => string; readonly onLost: () => void }, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(TELL_EVERY_MS, signal);
    if (signal.aborted) return;
    const message = printed().slice(0, LONGEST_MESSAGE);
    if ((await lead.write({ ...begun, ...(message === "" ? {} : { message }) }, signal)) === "lost" && !signal.aborted) onLost();
  }
}
