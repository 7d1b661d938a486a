import { systemClock } from "../../../core/clock.ts";
import type { ConsulServer } from "../../support/consul-server.ts";
import { until } from "../../support/until.ts";

/** From a leader's end until the others had another, in ms. */
export interface Election {
  readonly tookMs: number;
}

const PATIENCE = { deadlineMs: 120_000, everyMs: 20 };

/** kill -9 of whoever leads, each time when `done` has come so far; started again a while after the others have a leader. */
export async function killLeaders(consul: ConsulServer, moments: readonly number[], { done, holdMs }: { readonly done: () => number; readonly holdMs: number }): Promise<readonly Election[]> {
  const elections: Election[] = [];
  for (const moment of moments) {
    await until(`${moment} operations are done`, () => done() >= moment, { deadlineMs: 3_600_000, everyMs: 10 });
    const leader = await consul.leaderIndex();
    await consul.kill(leader);
    const killed = systemClock.monotonic();
    await until("the others have a leader", async () => (await consul.leaderIndex()) !== leader, PATIENCE);
    elections.push({ tookMs: systemClock.monotonic() - killed });
    await systemClock.sleep(holdMs);
    await consul.restart(leader);
  }
  return elections;
}
