import type { ObserveSettings } from "../../core/config/agent-file.ts";
import type { ObservedVersion } from "../loop/determine-step.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { pollVersion } from "./poll-version.ts";
import type { ReadVersionDependencies } from "./read-version.ts";

export interface Observer {
  observed(): ObservedVersion;
  /** What runs was just changed. */
  lookSoon(): void;
  run(signal: AbortSignal): Promise<void>;
}

export interface ObserverDeps extends Omit<ReadVersionDependencies, "signal"> {
  readonly onChange: () => void;
}

/** Keeps what was read last of a process that is someone else's. */
export function createObserver(settings: ObserveSettings, deps: ObserverDeps): Observer {
  let latest: ObservedVersion = { version: undefined, problem: "the running version has not been read yet" };
  const asked = createSignalFlag();
  return {
    observed: () => latest,
    lookSoon: () => asked.raise(),
    run: (signal) =>
      pollVersion(settings, { ...deps, signal }, (read) => {
        latest = read.ok ? { version: read.value, problem: undefined } : { version: undefined, problem: read.fault };
        deps.onChange();
      }, asked),
  };
}
