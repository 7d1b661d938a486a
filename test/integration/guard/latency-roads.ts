/** By what a guard learns that a canary fails, and from when on each of these roads could have told it. */
import { type Channel, type ChannelModel, connect } from "amqplib";
import { systemClock } from "../../../core/clock.ts";
import { judgeChain } from "../../../core/decide/chain/judge-chain.ts";
import { createTally } from "../../../core/decide/chain/tally.ts";
import { compareErrors } from "../../../core/decide/judge/compare-errors.ts";
import type { Span } from "../../../core/model/span.ts";
import type { ConsulServer } from "../../support/consul-server.ts";
import { historyOf } from "../../support/history.ts";
import { protobufOf } from "../../support/otlp.ts";
import { until } from "../../support/until.ts";
import { type LatencyRig, type Road, shareOf } from "./latency-rig.ts";

/** A policy's, unless it says otherwise. */
const JUDGE = { confidence: 0.99, minSamples: 50, effect: 0.005 };

/** From Alertmanager's word to the webhook on: scrape, evaluation and group_wait are over. */
export function byAlertmanager(rig: LatencyRig): Road {
  return { policy: "every: 10s\nsignals: {alerts: {alertmanager: {alertname: HighErrorRate}}}", known: (version) => rig.told(version) };
}

/** From Prometheus's first bad answer on, whoever asks: the pause between two looks is rollpin's own. */
export function byPrometheus({ prometheusUrl }: LatencyRig, every: string): Road {
  const isBad = async (version: string): Promise<boolean> => {
    const answer = await fetch(`${prometheusUrl}/api/v1/query?${new URLSearchParams({ query: shareOf(version) }).toString()}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1] ?? 0) > 0.05;
  };
  return {
    policy: `every: ${every}\nsignals: {errors: {prometheus: '${shareOf("{{version}}")}', above: 0.05}}`,
    known: (version) => until("Prometheus says so", async () => (await isBad(version)) && systemClock.monotonic(), { everyMs: 20 }),
  };
}

/** From the answer on with which all answers of the round suffice: the router's reports are rollpin's own. */
export function byTraffic(): Road {
  let counts: Record<string, { requests: number; errors: number }> = {};
  let waiting: { readonly version: string; readonly resolve: (at: number) => void } | undefined;
  const of = (version: string) => (counts[version] ??= { requests: 0, errors: 0 });
  return {
    policy: "every: 10s\nsignals: {traffic: {traffic: {compare: [errors]}}}",
    begin: () => void (counts = {}),
    known: (version) => new Promise((resolve) => (waiting = { version, resolve })),
    answered(version, failed) {
      of(version).requests += 1;
      if (failed) of(version).errors += 1;
      if (waiting === undefined || compareErrors({ suspect: of(waiting.version), baseline: of("1.0.0") }, JUDGE).says !== "worse") return;
      waiting.resolve(systemClock.monotonic());
      waiting = undefined;
    },
  };
}

/** Where services publish their records. */
export const EXCHANGE = "calls";

export interface BusRoad extends Road {
  close(): Promise<void>;
}

export const busSettings = (url: string): object => ({ url, exchange: EXCHANGE });

/**
 * From the publishing of the record on with which all that were published suffice: services are taken to flush at once, and
 * what the broker takes, and the moment for which a call is given to be complete, is counted as rollpin's own.
 */
export async function byBus(url: string, consul: ConsulServer): Promise<BusRoad> {
  const connection: ChannelModel = await connect(url, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertExchange(EXCHANGE, "fanout", { durable: true });
  const tally = createTally({ series: 1_000, hostsEach: 32 });
  const asked = createTally({ series: 1, hostsEach: 1 });
  let waiting: { readonly version: string; readonly since: number; readonly resolve: (at: number) => void } | undefined;
  return {
    policy: "every: 10s\nsignals: {chain: {chain: {}}}",
    async known(version) {
      const moved = (await historyOf(consul, "shop")).find(({ after }) => after.pins["canary"] === version);
      return new Promise((resolve) => (waiting = { version, since: Date.parse(moved?.at ?? ""), resolve }));
    },
    answered(version, failed) {
      const now = Date.now();
      publish(channel, version, failed, now);
      tally.count({ kind: failed ? "own" : "well", service: "shop", version, host: undefined, at: now, silent: false }, 1);
      if (waiting === undefined) return;
      const suspect = { service: "shop", version: waiting.version, baseline: "1.0.0", since: waiting.since };
      if (judgeChain({ tally, asked, examples: () => [], lostShare: () => 0 }, suspect, JUDGE, now).cause !== "version") return;
      waiting.resolve(systemClock.monotonic());
      waiting = undefined;
    },
    async close() {
      await connection.close();
    },
  };
}

let count = 0;
const id = (digits: number): string => (count += 1).toString(16).padStart(digits, "0");

/** What a router and the service behind it record of one request. */
function publish(channel: Channel, version: string, failed: boolean, now: number): void {
  const [trace, root, call, served] = [id(32), id(16), id(16), id(16)];
  const bare: Span = { trace, span: root, parent: undefined, kind: "server", name: "GET /", service: "edge", version: "1.0.0", host: undefined, start: now - 2, end: now, failed, peer: undefined, address: undefined, database: undefined, deadline: undefined, links: [] };
  const spans: readonly Span[] = [bare, { ...bare, span: call, parent: root, kind: "client", peer: "shop" }, { ...bare, span: served, parent: call, service: "shop", version, start: now - 1 }];
  channel.publish(EXCHANGE, "", protobufOf(spans));
}
