import type { Clock } from "../../core/clock.ts";
import { describeRefusal } from "../files/disk-refusal.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { type RememberedUpstream, writeUpstream } from "./remembered-upstream.ts";

export interface UpstreamSaverDeps {
  readonly stateFolder: string;
  readonly service: string;
  readonly clock: Clock;
  readonly onFault: (message: string) => void;
}

export interface UpstreamSaver {
  /** On disk soon; the newest wins. */
  readonly remember: (value: RememberedUpstream) => void;
  run(signal: AbortSignal): Promise<void>;
}

/** Instances come and go one by one; what a crash loses of it Consul tells again. */
const PAUSE_MS = 2_000;
const AGAIN_MS = 5_000;

export function saveUpstream({ clock, onFault, service, stateFolder }: UpstreamSaverDeps): UpstreamSaver {
  const flag = createSignalFlag();
  let latest: RememberedUpstream | undefined;
  let saved = "";
  const save = async (): Promise<boolean> => {
    const value = latest;
    const text = JSON.stringify(value);
    if (value === undefined || text === saved) return true;
    try {
      await writeUpstream(stateFolder, service, value);
      saved = text;
      return true;
    } catch (error) {
      onFault(`what ${service} is could not be written to ${stateFolder}: ${describeRefusal(error)}; free or mount the disk, or this agent's routers can't start without Consul`);
      return false;
    }
  };
  return {
    remember(value) {
      latest = value;
      flag.raise();
    },
    async run(signal) {
      while (!signal.aborted) {
        await flag.wait(signal);
        await clock.sleep(PAUSE_MS, signal);
        while (!(await save()) && !signal.aborted) await clock.sleep(AGAIN_MS, signal);
      }
    },
  };
}
