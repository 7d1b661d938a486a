/**
 * How long a bad canary stays in traffic, whole and rollpin's part of it, by each road on which the guard can learn of it.
 * `npm run prove -- guard-latency` takes 20 rounds of each.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertmanagerProgram } from "../../support/alertmanager-server.ts";
import { prometheusProgram } from "../../support/prometheus-server.ts";
import { type RabbitmqServer, rabbitmqProgram, startRabbitmq } from "../../support/rabbitmq-server.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { publishOthers } from "./latency-others.ts";
import { type LatencyRig, type Road, type Round, bareWrites, openLatencyRig } from "./latency-rig.ts";
import { type BusRoad, busSettings, byAlertmanager, byBus, byPrometheus, byTraffic } from "./latency-roads.ts";

const ROUNDS = Number(process.env["ROLLPIN_GUARD_ROUNDS"] ?? 1);
/** One round is a part of the suite: by the road that needs the least besides. */
const isWhole = ROUNDS > 1;
const EVERY = "100ms";
const SPANS_PER_SECOND = 20_000;
const own = await ownConsul();

describe.skipIf(prometheusProgram === undefined || alertmanagerProgram === undefined)("from the first bad answer to traffic back", () => {
  let rig: LatencyRig;
  let rabbitmq: RabbitmqServer | undefined;
  let bus: BusRoad | undefined;
  let bare: readonly number[] = [];
  beforeAll(async () => {
    if (isWhole && rabbitmqProgram !== undefined) rabbitmq = await startRabbitmq();
    rig = await openLatencyRig(own, Array.from({ length: 5 * ROUNDS }, (_, index) => `2.0.${index}`), rabbitmq && busSettings(rabbitmq.url));
    bus = rabbitmq && (await byBus(rabbitmq.url, own.consul));
    if (isWhole) bare = await bareWrites(own.consul, 100);
  }, 180_000);
  afterAll(async () => {
    await bus?.close();
    await rig.close();
    await rabbitmq?.remove();
  });

  async function rounds(name: string, road: Road): Promise<readonly number[]> {
    const done: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) done.push(await rig.round(road));
    const [whole, part, followed] = [done.map((each) => each.whole), done.map((each) => each.own), done.map((each) => each.followed)];
    for (const ms of whole) expect(ms).toBeLessThan(30_000);
    console.log(`= guard by ${name}: ${ROUNDS} ${isWhole ? "rounds" : "round"}, whole ${quantiles(whole)}; rollpin's own part ${quantiles(part)}, of which after Consul had the write ${quantiles(followed)}${floorOf(part, bare)}`);
    const slow = done.filter((each) => each.own >= GOAL_MS).map((each) => `${Math.round(each.own)} (${Math.round(each.followed)} after the write)`);
    if (slow.length > 0) console.log(`  slower than ${GOAL_MS} ms: ${slow.join(", ")}`);
    return part;
  }

  const limit = { timeout: 60_000 + ROUNDS * 40_000 };

  it("by Alertmanager: own is what comes after its word to the webhook", limit, async () => {
    const part = await rounds("alertmanager", byAlertmanager(rig));
    // One round on a machine that is busy with other tests says nothing of time.
    if (ROUNDS >= 20) expect(quantile(part, 0.99)).toBeLessThan(GOAL_MS);
  });

  it.runIf(isWhole)("by rollpin's own router: own is what comes after the answer that makes them enough", limit, async () => {
    await rounds("its own router", byTraffic());
  });

  it.runIf(isWhole && rabbitmqProgram !== undefined)("by call records: own is what comes after the record was published that makes them enough", limit, async () => {
    if (bus !== undefined) await rounds("call records", bus);
  });

  it.runIf(isWhole && rabbitmqProgram !== undefined)("by call records, beside 20,000 spans a second of others", limit, async () => {
    if (bus === undefined || rabbitmq === undefined) return;
    const others = await publishOthers(rabbitmq.url, SPANS_PER_SECOND);
    try {
      await rounds("call records beside others", bus);
    } finally {
      console.log(`  others: ${Math.round(await others.end())} spans a second`);
    }
  });

  it.runIf(isWhole)("by Prometheus: own is what comes after its first bad answer, and the pause between two looks is in it", limit, async () => {
    await rounds(`prometheus, looked at every ${EVERY}`, byPrometheus(rig, EVERY));
  });
});

const GOAL_MS = 200;

const quantiles = (values: readonly number[]): string => `p50 ${quantile(values, 0.5)} ms, p99 ${quantile(values, 0.99)} ms`;

function floorOf(part: readonly number[], bare: readonly number[]): string {
  if (bare.length === 0) return "";
  const times = (share: number): string => (quantile(part, share) / quantile(bare, share)).toFixed(1);
  return ` (${times(0.5)} and ${times(0.99)} times a bare write and blocking query, which took ${quantiles(bare)})`;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN) * 10) / 10;
}
