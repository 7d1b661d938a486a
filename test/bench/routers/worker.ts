/** One process with the agents of all routers of one kind. Ends when its parent does, and what they steer with it. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../../support/until.ts";
import { settingsOf } from "../fleet/consul.ts";
import { type RunningAgent, startAgent } from "../fleet/start-agent.ts";
import { type CarryingRouterKind, type Place, type StartRouters, isConsulKind } from "./messages.ts";
import { placesOf, startConsulRouters } from "./open-consul-routers.ts";
import { CALLER, type OpenRouter, openRouter } from "./open-router.ts";

const opened: OpenRouter[] = [];
/** With processes of their own. */
let agents: readonly RunningAgent[] = [];

process.once("disconnect", () => void end(0));
process.once("message", (start: StartRouters) => {
  void begin(start).catch((error: unknown) => {
    console.error(error);
    return end(1);
  });
});

async function end(code: number): Promise<void> {
  await Promise.all([...opened.map((one) => one.remove()), ...agents.map((one) => one.signOff())]).finally(() => process.exit(code));
}

async function begin(start: StartRouters): Promise<void> {
  const { kind } = start;
  process.send?.(isConsulKind(kind) ? await openConsulRouters(kind, start) : await openRouters(kind, start));
}

async function openConsulRouters(kind: Parameters<typeof startConsulRouters>[0], start: StartRouters): Promise<readonly Place[]> {
  agents = await startConsulRouters(kind, start);
  return placesOf(kind, start);
}

async function openRouters(kind: CarryingRouterKind, { address, count, folder }: StartRouters): Promise<readonly Place[]> {
  for (let number = 0; number < count; number += 1) {
    const instance = `${kind}-${number}`;
    await mkdir(join(folder, instance, "state"), { recursive: true });
    const one = await openRouter(kind, join(folder, instance, "state"));
    opened.push(one);
    startAgent({ consul: settingsOf(address), service: CALLER, instance, folder, routers: [one] });
    await until(`${instance} goes by the routes`, () => {
      const { router } = one;
      return router.wanted() !== undefined && router.view() === router.wanted() && !router.isSettling();
    });
  }
  return opened.map(({ port }) => ({ answers: "requests", port }));
}
