/** Where failures start, by the call records that come over the bus. A verdict that is another than the last one is news, and so is a version that was never heard of. */
import { parseIsoTime } from "../../../core/clock.ts";
import type { ChainCause, ChainSuspect } from "../../../core/decide/chain/judge-chain.ts";
import { readChain } from "../../../core/decide/guard/read-chain.ts";
import type { Reading, Suspect } from "../../../core/model/reading.ts";
import type { CallRecords } from "../../bus/call-records.ts";
import type { Signal, SignalDeps } from "../signal.ts";

/** What was read last of a track. */
interface Asked {
  readonly suspect: ChainSuspect;
  cause: ChainCause | undefined;
}

/** `records` are the guard's, and stay open. */
export function openChainSignal(records: CallRecords, { judge, news, service, store }: Pick<SignalDeps, "judge" | "news" | "service" | "store">): Signal {
  const thresholds = { confidence: judge.confidence, minSamples: judge.minSamples, effect: judge.effect.errors };
  const asked = new Map<string, Asked>();
  let heardOf: ReadonlySet<string> = new Set();
  const end = records.onCounted(() => {
    const versions = records.versions(service);
    // The guard may not know yet that a track was moved.
    if ([...versions].some((version) => !heardOf.has(version))) news();
    heardOf = new Set(versions);
    for (const one of asked.values()) {
      const { cause } = records.judge(one.suspect, thresholds);
      if (cause === one.cause) continue;
      one.cause = cause;
      news();
    }
  });
  return {
    read: (suspect) => Promise.resolve(read(suspect)),
    close: () => {
      end();
      return Promise.resolve();
    },
  };

  function read(suspect: Suspect): Reading {
    // History's times are Consul's, and records are counted by this host's clock.
    const since = parseIsoTime(suspect.since) - store.clockOffsetMs();
    const { baseline, service, version } = suspect;
    const one: Asked = { suspect: { service, version, baseline, since }, cause: undefined };
    asked.set(suspect.track, one);
    const verdict = records.judge(one.suspect, thresholds);
    one.cause = verdict.cause;
    const fault = records.fault();
    const isSilent = verdict.suspect.calls === 0 && verdict.asked.calls === 0;
    if (fault !== undefined) return { says: "no-data", summary: `call records don't come: ${fault}`, evidence: [] };
    if (isSilent) return { says: "no-data", summary: `call records: none of ${service} ${version} has come`, evidence: [] };
    return readChain(suspect, verdict);
  }
}
