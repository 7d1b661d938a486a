import type { Clock } from "../../core/clock.ts";
import type { HaproxyRouterSettings } from "../../core/config/router-settings.ts";
import { runCommand } from "../appliers/run-command.ts";

export interface Reloader {
  /** Checks the configuration and has HAProxy read it. The fault is a sentence; without the commands for it, what a person is to do. */
  reload(why: string, signal: AbortSignal): Promise<string | undefined>;
}

const COMMAND_MS = 30_000;
/** What failed is not tried again and again. */
const AGAIN_MS = 30_000;

/** `folder` is that of the agent's file. */
export function createReloader({ check, reload }: HaproxyRouterSettings, folder: string, clock: Clock): Reloader {
  let failed: { readonly fault: string; readonly why: string; readonly at: number } | undefined;
  const run = async (argv: readonly string[] | undefined, name: string, signal: AbortSignal): Promise<string | undefined> => {
    if (argv === undefined) return undefined;
    const ran = await runCommand({ argv, folder, timeoutMs: COMMAND_MS }, clock, signal);
    return ran.ok ? undefined : `"${name}": ${ran.fault.message}`;
  };
  return {
    async reload(why, signal) {
      if (reload === undefined) return `${why}; reload HAProxy, or give the router a "reload" command`;
      if (failed?.why === why && clock.monotonic() - failed.at < AGAIN_MS) return failed.fault;
      const fault = (await run(check, "check", signal)) ?? (await run(reload, "reload", signal));
      failed = fault === undefined ? undefined : { fault: `${why}, and it can't be reloaded: ${fault}`, why, at: clock.monotonic() };
      return failed?.fault;
    },
  };
}
