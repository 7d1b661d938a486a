/**
 * Says when a file may have changed. Its folder is watched rather than the file, so that a rename over it (editors,
 * atomic writers), a swapped symlink beside it (Kubernetes' `..data`) and a file that comes later are all noticed; while
 * the folder itself isn't there, the nearest one above it is watched for its coming.
 */
import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { type Clock, systemClock } from "../../core/clock.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { debounce } from "./debounce.ts";

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Events closer together than this are one; 50 ms where absent. */
  readonly debounceMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** The watch itself failed, out of inotify watches perhaps: what happens from then on may go unnoticed. */
  readonly onFault?: ((message: string) => void) | undefined;
}

/**
 * Calls `onChange` after each change, debounced, never at the start; resolves once the watch stands, so read the file
 * after that. Ends with the signal.
 */
export async function watchFile(path: string, onChange: () => void, options: WatchOptions): Promise<void> {
  const target = resolve(path);
  await follow(dirname(target), (name) => name === basename(target) || isSwap(name), onChange, options);
}

/** As `watchFile`, for what comes into and goes from a folder itself, not for what happens further down. */
export async function watchFolder(folder: string, onChange: () => void, options: WatchOptions): Promise<void> {
  await follow(resolve(folder), () => true, onChange, options);
}

/** Kubernetes swaps a link named `..data`; the file's own link beside it stays as it is. */
function isSwap(name: string): boolean {
  return name.startsWith("..");
}

async function follow(folder: string, isOurs: (name: string) => boolean, onChange: () => void, options: WatchOptions): Promise<void> {
  const { clock = systemClock, debounceMs = 50, signal } = options;
  const notice = debounce(onChange, debounceMs, clock, signal);
  const watchOn = async (): Promise<void> => {
    if (signal.aborted) return;
    const there = await nearestFolder(folder);
    let move = (): void => undefined;
    const moved = new Promise<void>((resolveMoved) => {
      move = resolveMoved;
    });
    const look = debounce(() => void isStill(there, folder).then((still) => (still ? undefined : move())), debounceMs, clock, signal);
    const stop = await watchOneFolder(there.path, options, (name) => {
      if (there.path === folder && isOurs(name)) notice();
      look();
    });
    // What came while the watch was being put up has made no event.
    look();
    void moved.then(async () => {
      await stop();
      await watchOn();
      notice();
    });
  };
  await watchOn();
}

/** `onEvent` gets a name in the folder, or the folder's own. */
async function watchOneFolder(folder: string, options: WatchOptions, onEvent: (name: string) => void): Promise<() => Promise<void>> {
  const { watch } = await import("chokidar");
  // Links are watched as links: following them would look into folders that a swap has removed.
  const watcher = watch(folder, { ignoreInitial: true, followSymlinks: false, depth: 0, persistent: true });
  const close = (): void => void watcher.close();
  options.signal.addEventListener("abort", close, { once: true });
  watcher.on("error", (error) => options.onFault?.(messageOf(error)));
  await new Promise<void>((stands) => {
    watcher.once("ready", stands);
    options.signal.addEventListener("abort", () => stands(), { once: true });
  });
  // From here on only: links that were there before are told as new ones.
  watcher.on("all", (_event, changed) => onEvent(basename(changed)));
  // What the system says itself: chokidar tells a file's second change within 50 ms to nobody.
  watcher.on("raw", (_event, name) => {
    if (typeof name === "string") onEvent(basename(name));
  });
  return async () => {
    options.signal.removeEventListener("abort", close);
    await watcher.close();
  };
}

interface Folder {
  readonly path: string;
  /** A folder that was removed and made anew has the same path, and a watch of the old one is deaf. */
  readonly identity: string;
}

/** The folder, or the nearest above it that is there. */
async function nearestFolder(path: string): Promise<Folder> {
  const found = await stat(path).catch(() => undefined);
  const above = dirname(path);
  if (found?.isDirectory() === true) return { path, identity: `${found.dev}/${found.ino}/${found.birthtimeMs}` };
  return above === path ? { path, identity: "none" } : await nearestFolder(above);
}

async function isStill(watched: Folder, wanted: string): Promise<boolean> {
  const nearest = await nearestFolder(wanted);
  return nearest.path === watched.path && nearest.identity === watched.identity;
}
