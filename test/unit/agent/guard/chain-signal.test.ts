import { describe, expect, it } from "vitest";
import type { CallRecords } from "../../../../agent/bus/call-records.ts";
import { openChainSignal } from "../../../../agent/guard/signals/chain-signal.ts";
import type { ChainCause, ChainVerdict } from "../../../../core/decide/chain/judge-chain.ts";
import type { Suspect } from "../../../../core/model/reading.ts";

const AT = Date.parse("2026-11-30T10:00:00.000Z");
const SUSPECT: Suspect = { service: "payments", track: "stable", version: "2.0.0", baseline: "1.0.0", since: "2026-11-30T10:00:00.000Z" };
const JUDGE = { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } };
const NOTHING = { calls: 0, own: 0, silent: 0, through: 0, database: 0, firstOwn: undefined };

/** What the records come to is said by the test. */
function openSignal(offset = 0) {
  const told = { news: 0, cause: "well" as ChainCause, fault: undefined as string | undefined, versions: new Set<string>(), since: 0, verdict: {} as Partial<ChainVerdict> };
  let run = (): void => undefined;
  const records: CallRecords = {
    judge: ({ since }) => {
      told.since = since;
      return { cause: told.cause, suspect: { ...NOTHING, calls: 240, own: 60, firstOwn: AT - 500 }, baseline: { ...NOTHING, calls: 240 }, beside: true, asked: NOTHING, askedBefore: NOTHING, host: undefined, examples: [], ...told.verdict };
    },
    versions: () => told.versions,
    onCounted(counted) {
      run = counted;
      return () => (run = () => undefined);
    },
    fault: () => told.fault,
    figures: () => ({ taken: 0, held: { traces: 0, spans: 0, bytes: 0 }, dropped: { late: 0, twice: 0, overfull: 0, untimely: 0 }, messages: 0, unreadable: 0, unusable: 0, lagMs: undefined }),
    close: () => Promise.resolve(),
  };
  const signal = openChainSignal(records, { judge: JUDGE, service: "payments", news: () => (told.news += 1), store: { clockOffsetMs: () => offset } as never });
  return { told, signal, counted: () => run(), read: () => signal.read(SUSPECT, AbortSignal.timeout(1_000)) };
}

describe("the signal of call records", () => {
  it.each<[ChainCause, string, boolean | undefined]>([
    ["version", "bad", false],
    ["queries", "bad", false],
    ["unanswered", "bad", false],
    ["host", "bad", true],
    ["database", "bad", true],
    ["alike", "bad", true],
    ["well", "good", undefined],
    ["undecided", "good", undefined],
    ["few-calls", "no-data", undefined],
    ["nothing-to-compare", "no-data", undefined],
  ])("%s reads %s", async (cause, says, alike) => {
    const { read, told } = openSignal();
    told.cause = cause;
    const reading = await read();
    expect({ says: reading.says, alike: reading.alike }).toEqual({ says, alike });
  });

  it("says what was counted, by way of what it was seen, and since when: not before the change", async () => {
    const { read, told } = openSignal();
    told.cause = "version";
    told.verdict = { examples: [[{ service: "shop", version: "1", name: "GET /", ms: 3 }, { service: "payments", version: "2.0.0", name: "pay", ms: 1 }]] };
    expect(await read()).toMatchObject({ since: SUSPECT.since, summary: "call records: failures start at payments 2.0.0: 2.0.0 failed 60 of 240 (25%), 1.0.0 failed 0 of 240 (0%) beside it; seen at shop 1, by way of shop 1 → payments 2.0.0" });
  });

  it("goes by this host's clock, where Consul's is another", async () => {
    const { read, told } = openSignal(5_000);
    await read();
    expect(told.since).toBe(AT - 5_000);
  });

  it("has nothing to say while no records come", async () => {
    const { read, told } = openSignal();
    told.cause = "version";
    told.fault = "RabbitMQ: connect ECONNREFUSED";
    expect(await read()).toMatchObject({ says: "no-data", summary: "call records don't come: RabbitMQ: connect ECONNREFUSED" });
    told.fault = undefined;
    told.verdict = { suspect: NOTHING };
    expect(await read()).toMatchObject({ says: "no-data", summary: "call records: none of payments 2.0.0 has come" });
  });

  it("tells once of a version that was never heard of, and of a verdict that is another", async () => {
    const { counted, read, signal, told } = openSignal();
    counted();
    expect(told.news).toBe(0);
    told.versions.add("2.0.0");
    counted();
    counted();
    expect(told.news).toBe(1);
    await read();
    told.cause = "version";
    counted();
    counted();
    expect(told.news).toBe(2);
    await signal.close();
    told.cause = "well";
    counted();
    expect(told.news).toBe(2);
  });
});
