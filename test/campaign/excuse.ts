import { systemClock } from "../../core/clock.ts";
import { until } from "../support/until.ts";
import { failureAt, placesOf } from "./client.ts";
import type { Excuse } from "./evidence.ts";
import type { CampaignAgent, World } from "./world.ts";

const EVERY = { deadlineMs: 300_000, everyMs: 20 };

/**
 * Requests to these instances may fail from now on, while `harm` is done, and until the catalog shows each where its agent says
 * it is, and it answers there. Where that never comes the excuse has no end, and what is settled later says what is wrong.
 */
export async function excuseUntilTheyAnswer(world: World, agents: readonly CampaignAgent[], harm: () => Promise<void>): Promise<void> {
  const begun = agents.map((agent) => ({ agent, excuse: begin(world, agent) }));
  await harm();
  for (const { agent, excuse } of begun) {
    void answers(world, agent).then(() => {
      excuse.toMs = systemClock.monotonic();
    }, () => undefined);
  }
}

/** Requests to these instances may fail from now on, while `harm` is done, and so long after it: by then agents have put it right. */
export async function excuseFor(world: World, agents: readonly CampaignAgent[], graceMs: number, harm: () => Promise<void>): Promise<void> {
  const excuses = agents.map((agent) => begin(world, agent));
  await harm();
  for (const excuse of excuses) excuse.toMs = systemClock.monotonic() + graceMs;
}

function begin({ excuses }: World, { instance }: CampaignAgent): Excuse {
  const excuse = { instance, fromMs: systemClock.monotonic(), toMs: Infinity };
  excuses.push(excuse);
  return excuse;
}

async function answers({ consul }: World, agent: CampaignAgent): Promise<void> {
  await until(`${agent.instance} answers where the catalog shows it`, async () => {
    const at = (await placesOf(consul, agent.service)).find(({ instance }) => instance === agent.instance);
    return at !== undefined && at.port === (await agent.state()).record.port && (await failureAt(at.port)) === undefined;
  }, EVERY);
}
