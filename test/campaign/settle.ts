import { join } from "node:path";
import { headSchema } from "../../core/model/records.ts";
import { pidsUnder, rollpin } from "../support/rollpin.ts";
import { until } from "../support/until.ts";
import { failureAt } from "./client.ts";
import type { Settled } from "./evidence.ts";
import { settleRestored } from "./settle-restored.ts";
import { type CampaignAgent, SERVICES, VERSIONS, type World } from "./world.ts";

/** Agents that lost their sessions wait for them to end: a minute at most on a quiet machine. */
const PATIENCE = { deadlineMs: 120_000, everyMs: 250 };

/** Pins every service once more, and waits until nothing moves: then what is wrong stays wrong. */
export async function settle(world: World): Promise<readonly Settled[]> {
  await endLocalPins(world);
  await settleRestored(world, "accept");
  for (const service of SERVICES) {
    await until(`a last pin of ${service} gets through`, async () => {
      const ran = await rollpin(["pin", service, VERSIONS[0], "--yes", "--no-wait", "--override"], world.operator);
      if (ran.code !== 0) throw new Error(`exit ${ran.code}: ${ran.stderr}`);
      return true;
    }, PATIENCE);
  }
  return Promise.all(world.agents.map(async (agent) => {
    await until(`${agent.instance} is quiet`, async () => isQuiet(await look(world, agent)), PATIENCE).catch(() => undefined);
    return look(world, agent);
  }));
}

/** Those that a person set at a host stay until one ends them. */
async function endLocalPins({ agents, diary, operator }: World): Promise<void> {
  for (const { folder, instance } of agents) {
    const { code, stderr } = await rollpin(["agent", "unpin", "--local", "--no-wait", "-c", join(folder, "rollpin.yaml")], operator);
    diary.note("unpin", { instance, code, stderr: stderr.trim() });
  }
}

function isQuiet({ answers, head, processes, record }: Settled): boolean {
  return record.revision === head && record.status === "in-sync" && processes === 2 && answers;
}

async function look({ consul }: World, agent: CampaignAgent): Promise<Settled> {
  const { record } = await agent.state();
  const head = headSchema.parse(JSON.parse((await consul.kv.get(`rollpin/desired/${agent.service}/head`)) ?? "null"));
  return {
    record,
    pin: (await consul.kv.get(`rollpin/desired/${agent.service}/pin`))?.trim() ?? "none",
    head: head.revision,
    processes: (await pidsUnder(agent.folder)).length,
    answers: record.port !== undefined && (await failureAt(record.port)) === undefined,
  };
}
