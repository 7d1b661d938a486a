import type { Clock } from "../../core/clock.ts";
import type { HaproxyRouterSettings } from "../../core/config/router-settings.ts";
import { runCommand } from "../appliers/run-command.ts";

export interface Reloader {
  /** Checks the configuration and has HAProxy read it. The fault is a sentence; without the commands for it, what a person is to do. */
  reload(why: string, signal: AbortSignal): Promise<string | undefined>;
}

const COMMAND_MS = 30_000;
/** What didn't help is not tried again and again. */
const AGAIN_MS = 30_000;

/** `folder` is that of the agent's file. */
export function createReloader({ check, reload }: HaproxyRouterSettings, folder: string, clock: Clock): Reloader {
  let last: { readonly fault: string | undefined; readonly why: string; readonly at: number } | undefined;
  const run = async (argv: readonly string[] | undefined, name: string, signal: AbortSignal): Promise<string | undefined> => {
    if (argv === undefined) return undefined;
    const ran = await runCommand({ argv, folder, timeoutMs: COMMAND_MS }, clock, signal);
    return ran.ok ? undefined : `"${name}": ${ran.fault.message}`;
  };
  return {
    async reload(why, signal) {
      if (reload === undefined) return `${why}; reload HAProxy, or give the router a "reload" command`;
      if (last?.why === why && clock.monotonic() - last.at < AGAIN_MS) return last.fault ?? `${why}, although it was reloaded a moment ago`;
      const fault = (await run(check, "check", signal)) ?? (await run(reload, "reload", signal));
      last = { fault: fault === undefined ? undefined : `${why}, and it can't be reloaded: ${fault}`, why, at: clock.monotonic() };
      return last.fault;
    },
  };
}
