import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Past what a start leaves behind. */
const FIRST_MS = 20_000;
const EVERY_MS = 5 * 60_000;

/**
 * Loading modules makes V8 widen its young generation to 16 MiB, and an idle agent then fills that with garbage for an
 * hour before anything is collected. A full collection while little is allocated narrows it again; it takes a few
 * milliseconds. The flags that bound it are read only when Node starts, which a sidecar's user should not have to know.
 */
export function keepMemorySmall(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setTimeout(collect, FIRST_MS).unref();
  setInterval(collect, EVERY_MS).unref();
}
