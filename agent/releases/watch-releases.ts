/** Notices what a deployer puts here: artifacts in their folder, and the release file that is dropped. */
import { resolve } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { AgentFile } from "../../core/config/agent-file.ts";
import type { ConfigError } from "../../core/config/config-error.ts";
import type { Release } from "../../core/model/records.ts";
import type { Result } from "../../core/model/result.ts";
import { watchFile, watchFolder } from "../files/watch-file.ts";
import { type ArtifactPattern, type FoundArtifacts, artifactPath, findArtifacts, linkHomes, readArtifactPattern } from "./find-artifacts.ts";
import { createQuiet } from "./quiet.ts";
import { readReleaseFile, readReleaseFor } from "./read-release.ts";
import type { Stray } from "./stray.ts";

export interface ReleaseListeners {
  /** A release to register: new, or with other content than when it was told last. */
  readonly onRelease: (release: Release) => void;
  /** A release file that can't be used. What was known before stays. */
  readonly onBadRelease: (errors: readonly ConfigError[]) => void;
  /** All versions that can be run here, and what only looks like one, at the start and whenever they change. */
  readonly onArtifacts: (versions: readonly string[], strays: readonly Stray[]) => void;
  /** The folder can't be looked through, or the watch failed. */
  readonly onFault: (message: string) => void;
}

export interface WatchReleasesOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Watches can miss things on network file systems: everything is looked through again this often; 60 s where absent. */
  readonly rescanMs?: number | undefined;
}

const RESCAN_MS = 60_000;

/** Resolves when everything was looked through once; goes on until the signal fires. `folder` is that of the agent's file. */
export async function watchReleases(settings: AgentFile["releases"], folder: string, listeners: ReleaseListeners, options: WatchReleasesOptions): Promise<void> {
  const { clock, signal } = options;
  const tell = onlyNews(listeners);
  const scans: (() => Promise<void>)[] = [];
  let started = false;
  const watching = { signal, clock, onFault: listeners.onFault };
  if (settings.artifacts !== undefined) {
    const pattern = readArtifactPattern(settings.artifacts, folder);
    const quietFor = createQuiet(clock);
    const settled = async (path: string): Promise<boolean> => {
      const quiet = await quietFor(path);
      if (!started || quiet >= SETTLE_MS) return true;
      void clock.sleep(SETTLE_MS - quiet, signal).then(async () => (signal.aborted ? undefined : await scan()));
      return false;
    };
    const linksInto = linkHomes(settings, folder);
    const scan = oneAtATime(async () => scanArtifacts(pattern, await findArtifacts(pattern, linksInto), tell, settled));
    scans.push(scan);
    await watchFolder(pattern.folder, () => void scan(), watching);
  }
  if (settings.file !== undefined) {
    const file = resolve(folder, settings.file);
    const scan = oneAtATime(async () => tell.read(file, await readReleaseFile(file)));
    scans.push(scan);
    await watchFile(file, () => void scan(), watching);
  }
  const scanAll = async (): Promise<void> => {
    for (const scan of scans) await scan();
  };
  await scanAll();
  started = true;
  if (scans.length > 0) void rescan(scanAll, clock, options.rescanMs ?? RESCAN_MS, signal);
}

async function rescan(scanAll: () => Promise<void>, clock: Clock, every: number, signal: AbortSignal): Promise<void> {
  for (await clock.sleep(every, signal); !signal.aborted; await clock.sleep(every, signal)) await scanAll();
}

/** A folder that came just now may still be filled: what it says about itself is read once it has been quiet for so long. */
const SETTLE_MS = 500;

async function scanArtifacts(pattern: ArtifactPattern, found: Result<FoundArtifacts, string>, tell: Tell, settled: (path: string) => Promise<boolean>): Promise<void> {
  if (!found.ok) return tell.fault(found.fault);
  if (found.value.ignored > 0) tell.fault(`${pattern.folder} holds ${found.value.ignored} names that are no versions; they are ignored`);
  for (const version of found.value.versions) {
    const path = artifactPath(pattern, version);
    if (await settled(path)) tell.read(path, await readReleaseFor(version, path));
  }
  for (const { version, why } of found.value.strays) tell.fault(why, version);
  tell.artifacts(found.value.versions, found.value.strays);
}

interface Tell {
  readonly read: (source: string, read: Result<Release, readonly ConfigError[]> | undefined) => void;
  readonly artifacts: (versions: readonly string[], strays: readonly Stray[]) => void;
  /** About the folder, or about one name in it. */
  readonly fault: (message: string, name?: string) => void;
}

/** Passes on what its source didn't say last time already. */
function onlyNews(listeners: ReleaseListeners): Tell {
  const told = new Map<string, string>();
  const isNews = (source: string, value: unknown): boolean => {
    const text = JSON.stringify(value);
    if (told.get(source) === text) return false;
    told.set(source, text);
    return true;
  };
  return {
    read: (source, read) => {
      if (read === undefined || !isNews(source, read)) return;
      if (read.ok) listeners.onRelease(read.value);
      else listeners.onBadRelease(read.fault);
    },
    artifacts: (versions, strays) => isNews("artifacts", [versions, strays]) && listeners.onArtifacts(versions, strays),
    fault: (message, name = "") => isNews(`fault ${name}`, message) && listeners.onFault(message),
  };
}

/** Runs `scan` again after the one under way, once, however often it was asked for meanwhile. */
function oneAtATime(scan: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    running = scan();
    try {
      await running;
    } finally {
      running = undefined;
    }
  };
  return async () => {
    if (running === undefined) return await run();
    next ??= running.then(() => {
      next = undefined;
    }).then(run);
    return await next;
  };
}
