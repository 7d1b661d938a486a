import type { Clock } from "../../core/clock.ts";
import type { AgentFile } from "../../core/config/agent-file.ts";
import { renderConfigError } from "../../core/config/config-error.ts";
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import type { Release } from "../../core/model/records.ts";
import { lookAtNeeds } from "../../core/operations/look-at-needs.ts";
import { registerRelease } from "../../core/operations/register-release.ts";
import { releaseKey } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import type { Log } from "../log.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import type { Stray } from "./stray.ts";
import { watchReleases } from "./watch-releases.ts";

export interface ReleaseKeeperDeps {
  readonly file: AgentFile;
  readonly folder: string;
  readonly instance: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly onArtifacts: () => void;
  /** A version that may have been refused for want of a release is registered now. */
  readonly onRegistered: () => void;
  readonly onFault: (fault: StoreFault) => void;
}

export interface ReleaseKeeper {
  /** Versions whose artifacts lie here; undefined where the agent's file names no place, or before it was looked through. */
  artifacts(): readonly string[] | undefined;
  /** Pins name them, and nobody has registered them, or somebody deleted them: those that lie here are registered once more. */
  offer(versions: readonly string[]): void;
  /** What lies where an artifact should, and leads elsewhere. */
  strays(): readonly Stray[];
  /** Consul may have forgotten them: all that lie here are registered once more. */
  registerAgain(): void;
  run(signal: AbortSignal): Promise<void>;
}

const RETRY_MS = 2_000;

/** Registers in Consul what a deployer puts beside the agent. */
export function keepReleases(deps: ReleaseKeeperDeps): ReleaseKeeper {
  const { clock, file, log } = deps;
  const flag = createSignalFlag();
  const waiting: Release[] = file.version === undefined ? [] : [{ version: file.version }];
  /** By version, as they were last told. */
  const told = new Map<string, Release>(waiting.map((release) => [release.version, release]));
  let artifacts: readonly string[] | undefined;
  let strays: readonly Stray[] = [];

  /** A release whose artifact was taken away stays away: nobody could run it from here. */
  const isHere = (version: string): boolean => version === file.version || artifacts === undefined || artifacts.includes(version);

  const registerWaiting = async (signal: AbortSignal): Promise<void> => {
    for (let release = waiting[0]; release !== undefined && !signal.aborted; release = waiting[0]) {
      if (await isDone(deps, release, signal)) waiting.shift();
      else await clock.sleep(RETRY_MS, signal);
    }
  };

  return {
    artifacts: () => artifacts,
    offer(versions) {
      const wanted = versions.filter((version) => isHere(version) && !waiting.some((release) => release.version === version));
      waiting.push(...wanted.flatMap((version) => told.get(version) ?? []));
      flag.raise();
    },
    strays: () => strays,
    registerAgain() {
      waiting.push(...told.values());
      flag.raise();
    },
    async run(signal) {
      await watchReleases(
        file.releases,
        deps.folder,
        {
          onRelease: (release) => {
            told.set(release.version, release);
            waiting.push(release);
            flag.raise();
          },
          onBadRelease: (errors) => {
            for (const error of errors) log.error({ event: "bad-release" }, `${renderConfigError(error)}; it was not registered, and what was known before stays`);
          },
          onArtifacts: (versions, leading) => {
            artifacts = versions;
            strays = leading;
            deps.onArtifacts();
          },
          onFault: (message) => log.warn({ event: "releases" }, message),
        },
        { clock, signal },
      );
      while (!signal.aborted) {
        await registerWaiting(signal);
        await flag.wait(signal);
      }
    },
  };
}

/** False where Consul could not be asked, and it is to be tried again. */
async function isDone(deps: ReleaseKeeperDeps, release: Release, signal: AbortSignal): Promise<boolean> {
  const { file, instance, log, store } = deps;
  if (isBare(release)) {
    const existing = await store.get(releaseKey(file.service, release.version), { signal });
    if (existing.ok && existing.value !== undefined) return true;
  }
  const registered = await registerRelease(store, file.service, release, { signal, by: instance, now: deps.clock.now() });
  if (registered.ok) {
    if (registered.value === "created") {
      log.info({ event: "registered", version: release.version }, "registered a release");
      for (const sentence of await lookAtNeeds(store, file.service, release, signal)) log.warn({ event: "odd-needs", version: release.version }, sentence);
    }
    deps.onRegistered();
    return true;
  }
  if (registered.fault.kind === "different") {
    log.error({ event: "release-differs", version: release.version }, registered.fault.message);
    return true;
  }
  if (!signal.aborted) {
    deps.onFault(registered.fault);
    log.warn({ event: "register-failed", version: release.version }, describeStoreFault(registered.fault));
  }
  return false;
}

/** Says no more than its version, so it yields to whatever was registered before. */
function isBare(release: Release): boolean {
  return Object.keys(release).length === 1;
}
