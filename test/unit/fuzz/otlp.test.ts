/** What anybody may publish, by the thousand: changed OTLP, JSON and protobuf. Nothing crashes, hangs or grows. ROLLPIN_FUZZ sets how many of each, ROLLPIN_FUZZ_SEED which. */
import { describe, expect, it } from "vitest";
import { parseOtlp } from "../../../agent/bus/otlp/parse-otlp.ts";
import { createSharedTexts } from "../../../agent/bus/shared-texts.ts";
import { DEFAULT_LIMITS, createAnalyser } from "../../../core/decide/chain/analyser.ts";
import { judgeChain } from "../../../core/decide/chain/judge-chain.ts";
import { simulateRequest } from "../../bench/chain/simulate.ts";
import { drawSystem } from "../../bench/chain/topology.ts";
import { jsonOf, protobufOf } from "../../support/otlp.ts";
import { seededRandom } from "../../support/random.ts";
import { createInputs } from "./mutate.ts";

const COUNT = Number(process.env["ROLLPIN_FUZZ"] ?? 1_000);
const SEED = Number(process.env["ROLLPIN_FUZZ_SEED"] ?? 20_261_130);
const NOW = 1_800_000_000_000;
const LIMITS = { ...DEFAULT_LIMITS, spans: 2_000, bytes: 1024 * 1024, spansEach: 100, series: 50 };

const random = seededRandom(SEED);
const system = drawSystem(random, 10);
const requests = Array.from({ length: 20 }, () => simulateRequest(system, NOW - 1_000, { random, changedAt: NOW, onCall: () => undefined }).slice(0, 8));

describe.each([
  { encoding: "JSON", seeds: requests.map((spans) => jsonOf(spans).toString("latin1")) },
  { encoding: "protobuf", seeds: requests.map((spans) => protobufOf(spans).toString("latin1")) },
])("$encoding from a bus", ({ encoding, seeds }) => {
  it("is taken or refused, whatever it is", { timeout: 30_000 + COUNT * 10 }, () => {
    const [inputs, analyser, share] = [createInputs(SEED), createAnalyser(LIMITS), createSharedTexts()];
    const counts = { taken: 0, refused: 0, spans: 0 };
    let slowest = 0;
    for (let at = 0; at < COUNT; at += 1) {
      const body = Buffer.from(inputs.next(seeds), "latin1");
      const startedAt = performance.now();
      const parsed = parseOtlp(body, { bytes: 100_000, spans: 1_000 }, share);
      if (parsed.ok) {
        counts.taken += 1;
        counts.spans += parsed.value.spans.length;
        analyser.take(parsed.value.spans, NOW + at);
      } else counts.refused += 1;
      analyser.settle(NOW + at);
      slowest = Math.max(slowest, performance.now() - startedAt);
      const { held } = analyser.figures();
      if (held.spans > LIMITS.spans || held.bytes > LIMITS.bytes) throw new Error(`${encoding}, seed ${SEED}, input ${at}: it holds ${JSON.stringify(held)}`);
    }
    expect(judgeChain(analyser, { service: "s0", version: "1.0.0", baseline: "0.9.0", since: NOW - 10_000 }, { confidence: 0.99, minSamples: 50, effect: 0.005 }, NOW).cause).toBe("nothing-to-compare");
    if (process.env["ROLLPIN_FUZZ"] !== undefined) console.log(`= ${COUNT} messages, ${encoding}: ${counts.taken} taken with ${counts.spans} spans, ${counts.refused} refused, slowest ${slowest.toFixed(1)} ms`);
    expect(counts.taken).toBeGreaterThan(COUNT / 100);
    expect(counts.refused).toBeGreaterThan(COUNT / 100);
    expect(slowest).toBeLessThan(10_000);
  });
});
