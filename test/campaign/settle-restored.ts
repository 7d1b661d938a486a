import { headSchema } from "../../core/model/records.ts";
import { rollpin } from "../support/rollpin.ts";
import { until } from "../support/until.ts";
import { type CampaignAgent, SERVICES, type World } from "./world.ts";

/** A watch that was answered with the old state once more looks again after its wait, about 30 s. */
const PATIENCE = { deadlineMs: 120_000, everyMs: 250 };

/** Operators say whose word counts until no agent holds for that any more. */
export async function settleRestored(world: World, choice: "accept" | "reassert"): Promise<void> {
  await until("no agent holds as restored, and all see the head", async () => {
    const held = await Promise.all(world.agents.map(async (agent) => ({ agent, is: await isBehind(world, agent) })));
    const restored = SERVICES.filter((service) => held.some(({ agent, is }) => agent.service === service && is === "restored"));
    for (const service of restored) {
      const { code, stderr } = await rollpin(["restore", choice, service, "--yes", "--no-wait"], world.operator);
      world.diary.note("restore", { choice, service, code, stderr: stderr.trim() });
    }
    return held.every(({ is }) => is === "no");
  }, PATIENCE);
}

/** A pin on its host comes before all that Consul says, until somebody ends it. */
async function isBehind({ consul }: World, agent: CampaignAgent): Promise<"no" | "restored" | "unaware"> {
  const { headRevision, localPin, record } = await agent.state();
  if (localPin !== undefined) return "no";
  if (record.restored === true) return "restored";
  const head = headSchema.safeParse(JSON.parse((await consul.kv.get(`rollpin/desired/${agent.service}/head`)) ?? "null"));
  return head.success && head.data.revision === headRevision ? "no" : "unaware";
}
