/** How long a bad canary stays in traffic, whole and rollpin's part of it; `npm run prove -- guard-latency` takes 20 rounds of each. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { alertmanagerProgram } from "../../support/alertmanager-server.ts";
import { prometheusProgram } from "../../support/prometheus-server.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { type LatencyRig, type Round, openLatencyRig, shareOf } from "./latency-rig.ts";

const ROUNDS = Number(process.env["ROLLPIN_GUARD_ROUNDS"] ?? 1);
const own = await ownConsul();

describe.skipIf(prometheusProgram === undefined || alertmanagerProgram === undefined)("from the first bad answer to traffic back", () => {
  let rig: LatencyRig;
  beforeAll(async () => {
    rig = await openLatencyRig(own, Array.from({ length: 2 * ROUNDS }, (_, index) => `2.0.${index}`));
  }, 120_000);
  afterAll(() => rig.close());

  async function rounds(policy: string, known: Parameters<LatencyRig["round"]>[1]): Promise<{ readonly own: readonly number[]; readonly words: string }> {
    const done: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) done.push(await rig.round(`${policy}\nstrategy: [{do: shift}]\nbrake: {rollbacks: 20, per: 1s}\n`, known));
    const [whole, part] = [done.map((each) => each.whole), done.map((each) => each.own)];
    for (const ms of whole) expect(ms).toBeLessThan(30_000);
    return { own: part, words: `${ROUNDS} ${ROUNDS === 1 ? "round" : "rounds"}, whole ${quantiles(whole)}; rollpin's own part ${quantiles(part)}` };
  }

  it("by Alertmanager: own is what comes after its word to the webhook", { timeout: 60_000 + ROUNDS * 40_000 }, async () => {
    const { own: part, words } = await rounds("every: 10s\nsignals: {alerts: {alertmanager: {alertname: HighErrorRate}}}", (version) => rig.told(version));
    console.log(`= guard by alertmanager: ${words}`);
    // One round on a machine that is busy with other tests says nothing of time.
    if (ROUNDS >= 20) expect(quantile(part, 0.99)).toBeLessThan(200);
  });

  it.skipIf(ROUNDS === 1)("by Prometheus: own is what comes after its first bad answer, and the pause between two looks is in it", { timeout: 60_000 + ROUNDS * 40_000 }, async () => {
    const isBad = async (version: string): Promise<boolean> => {
      const answer = await fetch(`${rig.prometheusUrl}/api/v1/query?${new URLSearchParams({ query: shareOf(version) }).toString()}`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return Number(data.result[0]?.value[1] ?? 0) > 0.05;
    };
    const { words } = await rounds(`every: 500ms\nsignals: {errors: {prometheus: '${shareOf("{{version}}")}', above: 0.05}}`, async (version) => until("Prometheus says so", async () => (await isBad(version)) && systemClock.monotonic(), { everyMs: 20 }));
    console.log(`= guard by prometheus: ${words} (up to 550 ms of it the pause of every: 500ms)`);
  });
});

const quantiles = (values: readonly number[]): string => `p50 ${quantile(values, 0.5)} ms, p99 ${quantile(values, 0.99)} ms`;

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN);
}
