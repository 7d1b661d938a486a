import { systemClock } from "../../core/clock.ts";
import { until } from "../support/until.ts";
import { failureAt, placesOf } from "./client.ts";
import type { Excuse } from "./evidence.ts";
import type { CampaignAgent, World } from "./world.ts";

const EVERY = { deadlineMs: 300_000, everyMs: 20 };

/**
 * Requests to this instance may fail from now on, while `harm` is done, and until the catalog shows it at a place that
 * answers. Where that never comes the excuse has no end, and what is settled later says what is wrong.
 */
export async function excuseUntilItAnswers({ consul, excuses }: World, { instance, service }: CampaignAgent, harm: () => Promise<void>): Promise<void> {
  const excuse: Excuse = { instance, fromMs: systemClock.monotonic(), toMs: Infinity };
  excuses.push(excuse);
  await harm();
  const back = until(`${instance} answers where the catalog shows it`, async () => {
    const at = (await placesOf(consul, service)).find((place) => place.instance === instance);
    return at !== undefined && (await failureAt(at.port)) === undefined;
  }, EVERY);
  void back.then(() => {
    excuse.toMs = systemClock.monotonic();
  }, () => undefined);
}
