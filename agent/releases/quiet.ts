import { stat } from "node:fs/promises";
import type { Clock } from "../../core/clock.ts";

/**
 * Milliseconds since something was last seen to come into or go from a folder; what isn't one is always quiet. A folder's
 * own time only marks a change: it is of a clock that jumps, of a file server whose clock is another, or of whoever packed it.
 */
export function createQuiet(clock: Pick<Clock, "monotonic">): (path: string) => Promise<number> {
  const seen = new Map<string, { readonly mark: string; readonly at: number }>();
  return async (path) => {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() !== true) {
      seen.delete(path);
      return Number.POSITIVE_INFINITY;
    }
    const mark = `${found.ino} ${found.mtimeMs} ${found.size}`;
    const before = seen.get(path);
    if (before?.mark === mark) return clock.monotonic() - before.at;
    seen.set(path, { mark, at: clock.monotonic() });
    return 0;
  };
}
