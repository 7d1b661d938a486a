/** Three services that ask each other, a bug two calls below where it is seen, and a guard that finds it by the records of calls on a bus. */
import { type Result, err, ok } from "../../../core/model/result.ts";
import { endAgents } from "../agents.ts";
import { openLoad } from "../load.ts";
import { rollpinRunner } from "../rollpin.ts";
import type { DemoPlace, Prepared, Scenario, Told } from "../scenario.ts";
import { type Bus, startBus } from "./bus.ts";
import { startChain } from "./chain-fleet.ts";
import { chainReport } from "./chain-report.ts";
import { tellChainStory } from "./chain-story.ts";
import { ROLES, instanceOf } from "./services.ts";

export const CHAIN_SCENARIO: Scenario = {
  instances: (service) => ROLES.map((role) => instanceOf(service, role)),
  async play(place, prepared) {
    const { complain, consul } = prepared;
    const bus = await startBus({ folder: place.folder, env: consul.env, report: complain, signal: place.signal });
    if (!bus.ok) return bus;
    try {
      return await withFleet(place, prepared, bus.value);
    } finally {
      await bus.value.stop();
    }
  },
};

async function withFleet(place: DemoPlace, prepared: Prepared, bus: Bus): Promise<Result<Told, string>> {
  const { folder, process, signal } = place;
  const { args, complain, consul, rollpin } = prepared;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`An agent beside each of three services, which guards it too, on ${consul.where}.`);
  const load = openLoad(args.rate);
  const fleet = await startChain(place, prepared, bus);
  try {
    if (signal.aborted) return err("interrupted");
    const told = await tellChainStory({ consul, fleet, load, say, signal, run: rollpinRunner({ rollpin, env: consul.env, signal }), seconds: args.seconds });
    return told.ok ? ok((paint) => chainReport(told.value, paint)) : told;
  } finally {
    await load.stop();
    await endAgents(fleet, folder, complain, () => bus.stop());
  }
}
