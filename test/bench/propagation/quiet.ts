import { systemClock } from "../../../core/clock.ts";

const LOOK_EVERY_MS = 25;
const QUIET_MS = 3;

/** Resolves once this process does hardly anything any more. */
export async function quiet(): Promise<void> {
  for (let before = process.cpuUsage(); ; before = process.cpuUsage()) {
    await systemClock.sleep(LOOK_EVERY_MS);
    const { system, user } = process.cpuUsage(before);
    if ((system + user) / 1_000 < QUIET_MS) return;
  }
}
