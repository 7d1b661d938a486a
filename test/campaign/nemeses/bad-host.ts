import type { Nemesis } from "./nemesis.ts";

export function badDisk(code: "ENOSPC" | "EROFS"): Nemesis {
  return async ({ agent: { host } }) => {
    await host.breakDisk(`${code} log`);
    return () => host.breakDisk(undefined);
  };
}

export function badClock(ms: number): Nemesis {
  return async ({ agent: { host } }) => {
    await host.shiftClock(ms);
    return () => host.shiftClock(0);
  };
}
