/** One service, a canary, and a Prometheus: a rollout in steps that turns back by itself. */
import { freePorts } from "../../../core/free-ports.ts";
import { type Result, err, ok } from "../../../core/model/result.ts";
import { endAgents } from "../agents.ts";
import { BAD, GOOD } from "../facts.ts";
import { startFleet } from "../fleet.ts";
import { openLoad } from "../load.ts";
import { rollpinRunner } from "../rollpin.ts";
import { openRouter } from "../router.ts";
import type { DemoPlace, Prepared, Scenario, Told } from "../scenario.ts";
import { guardedReport } from "./guarded-report.ts";
import { tellGuardedStory } from "./guarded-story.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";

const INSTANCES = 4;
const CANARIES = 1;

const instancesOf = (service: string): readonly string[] => Array.from({ length: INSTANCES }, (_, index) => `${service}-${index + 1}`);

export const GUARDED_SCENARIO: Scenario = {
  instances: instancesOf,
  async play(place, prepared) {
    const [port] = await freePorts(1);
    const metricsAt = `127.0.0.1:${port}`;
    const prometheus = await startPrometheus(place, prepared, metricsAt);
    if (!prometheus.ok) return prometheus;
    try {
      return await withFleet(place, prepared, prometheus.value, metricsAt);
    } finally {
      await prometheus.value.stop();
    }
  },
};

async function withFleet({ folder, process, signal }: DemoPlace, { args, complain, consul, rollpin, sources }: Prepared, prometheus: Prometheus, metricsAt: string): Promise<Result<Told, string>> {
  const { env, prefix, service } = consul;
  const instances = instancesOf(service);
  const canaries = instances.slice(-CANARIES);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`${INSTANCES} agents beside ${INSTANCES} instances of ${service} (${canaries.join(", ")} is a canary), each of which may guard it, one that routes, and a Prometheus, on ${consul.where}.`);
  const router = await openRouter("proxy", { folder, sources, env, report: complain, signal });
  if (!router.ok) return router;
  const load = openLoad(args.rate);
  const fleet = await startFleet({ folder, sources, rollpin, env, service, prefix, versions: [GOOD, BAD], instances, canaries, own: { guard: { prometheus: { url: prometheus.url } } }, metricsAt, router: router.value.entry, others: [prometheus.pid] });
  try {
    if (signal.aborted) return err("interrupted");
    const told = await tellGuardedStory({ consul, fleet, load, say, signal, run: rollpinRunner({ rollpin, env, signal }), seconds: args.seconds }, sources);
    return told.ok ? ok((paint) => guardedReport(told.value, paint)) : told;
  } finally {
    await load.stop();
    await endAgents(fleet, folder, complain, () => prometheus.stop());
  }
}
