/** One service: a canary that errs, then a release that errs, under load, and both ways back. */
import { type Result, err, ok } from "../../core/model/result.ts";
import { endAgents } from "./agents.ts";
import { BAD, GOOD } from "./facts.ts";
import { startFleet } from "./fleet.ts";
import { openLoad } from "./load.ts";
import type { OpenedRouter } from "./opened-router.ts";
import { reportOf } from "./report.ts";
import { rollpinRunner } from "./rollpin.ts";
import { openRouter } from "./router.ts";
import type { DemoPlace, Prepared, Scenario, Told } from "./scenario.ts";
import { tellStory } from "./story.ts";

const INSTANCES = 5;
const CANARIES = 1;

const instancesOf = (service: string): readonly string[] => Array.from({ length: INSTANCES }, (_, index) => `${service}-${index + 1}`);

export const ROLLBACK_SCENARIO: Scenario = {
  instances: instancesOf,
  async play(place, prepared) {
    const { args, complain, consul, sources } = prepared;
    const router = await openRouter(args.router, { folder: place.folder, sources, env: consul.env, report: complain, signal: place.signal });
    if (!router.ok) return router;
    try {
      return await withFleet(place, prepared, router.value);
    } finally {
      await router.value.stop();
    }
  },
};

async function withFleet({ folder, process, signal }: DemoPlace, { args, complain, consul, rollpin, sources }: Prepared, router: OpenedRouter): Promise<Result<Told, string>> {
  const { env, prefix, service } = consul;
  const instances = instancesOf(service);
  const canaries = instances.slice(-CANARIES);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`${INSTANCES} agents beside ${INSTANCES} instances of ${service} (${canaries.join(", ")} is a canary) and ${router.what}, on ${consul.where}.`);
  const load = openLoad(args.rate);
  const fleet = await startFleet({ folder, sources, rollpin, env, service, prefix, versions: [GOOD, BAD], instances, canaries, router: router.entry, others: router.pids });
  try {
    if (signal.aborted) return err("interrupted");
    const told = await tellStory({ consul, fleet, load, say, signal, run: rollpinRunner({ rollpin, env, signal }), seconds: args.seconds });
    return told.ok ? ok((paint) => reportOf(told.value, paint)) : told;
  } finally {
    await load.stop();
    await endAgents(fleet, folder, complain, () => router.stop());
  }
}
