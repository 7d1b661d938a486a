import { historyOf } from "../support/history.ts";
import type { Evidence } from "./evidence.ts";
import type { Outcome } from "./operator.ts";
import { settle } from "./settle.ts";
import { SERVICES, type World } from "./world.ts";

/** Mends everything, and then looks at what a round has left. */
export async function gather(world: World, outcomes: readonly Outcome[]): Promise<Evidence> {
  const settled = await settle(world);
  const requests = world.clients.flatMap((client) => client.take());
  const histories = Object.fromEntries(await Promise.all(SERVICES.map(async (service) => [service, await historyOf(world.consul, service)] as const)));
  return {
    commands: outcomes.map(({ command }) => command),
    acknowledged: outcomes.flatMap(({ acknowledged }) => acknowledged ?? []),
    promised: outcomes.flatMap(({ promised }) => promised),
    excuses: world.excuses,
    requests,
    histories,
    settled,
  };
}
