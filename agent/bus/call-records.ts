/** Takes call records from the bus into the analyser, for all services that this agent guards, and tells who asks what they come to. */
import { type Clock } from "../../core/clock.ts";
import { type AnalyserFigures, DEFAULT_LIMITS, createAnalyser } from "../../core/decide/chain/analyser.ts";
import { type ChainSuspect, type ChainThresholds, type ChainVerdict, judgeChain } from "../../core/decide/chain/judge-chain.ts";
import { type SignalFlag, createSignalFlag } from "../loop/signal-flag.ts";
import type { BusDeps, Taken } from "./bus.ts";
import { openBus } from "./open-bus.ts";
import { type OtlpLimits, parseOtlp } from "./otlp/parse-otlp.ts";
import { createSharedTexts } from "./shared-texts.ts";

export type CallRecordsDeps = Omit<BusDeps, "onStanding" | "take">;

export interface CallRecordsFigures extends AnalyserFigures {
  readonly messages: number;
  readonly unreadable: number;
  /** Spans without a service, an id or a time. */
  readonly unusable: number;
  /** How long before it came the newest call of the last message was over, milliseconds; undefined before the first. */
  readonly lagMs: number | undefined;
}

export interface CallRecords {
  judge(suspect: ChainSuspect, thresholds: ChainThresholds): ChainVerdict;
  /** Of which calls have come lately. */
  versions(service: string): ReadonlySet<string>;
  /** Called after records came that were counted; must not wait. Returns how to end it. */
  onCounted(run: () => void): () => void;
  /** Why no records come; undefined where the bus is connected. */
  fault(): string | undefined;
  figures(): CallRecordsFigures;
  close(): Promise<void>;
}

const SPANS_PER_MESSAGE = 20_000;
const SETTLE_MS = 10;
/** A publisher that sends what can't be read doesn't fill the log. */
const TELL_EVERY_MS = 60_000;

export async function openCallRecords(deps: CallRecordsDeps): Promise<CallRecords> {
  const { clock, log, settings } = deps;
  const analyser = createAnalyser({ ...DEFAULT_LIMITS, spans: settings.maxSpans, bytes: settings.maxSpans * BYTES_PER_SPAN });
  const arrived = createSignalFlag();
  const intake = createIntake(deps, (spans) => {
    analyser.take(spans, clock.now());
    arrived.raise();
  });
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  const judge = createTurnsToJudge(clock, () => listeners.forEach((run) => run()));
  let isJudged = true;
  const settle = (): void => {
    analyser.settle(clock.now());
    isJudged = judge(analyser.revision());
  };
  const settling = settleAgain(settle, { isIdle: () => isJudged && analyser.figures().held.traces === 0, arrived, clock }, stopped.signal);
  let fault: string | undefined = "the bus is not connected yet";
  const bus = await openBus({
    ...deps,
    take: intake.take,
    onStanding: (found) => {
      if (found === undefined) log.info({ event: "bus" }, `call records come from ${settings.url}`);
      else if (found !== fault) log.warn({ event: "bus" }, `no call records come from ${settings.url}: ${found}; it is tried again`);
      fault = found;
    },
  });
  return {
    judge: (suspect, thresholds) => judgeChain(analyser, suspect, thresholds, clock.now()),
    versions: (service) => analyser.tally.versions(service),
    onCounted(run) {
      listeners.add(run);
      return () => void listeners.delete(run);
    },
    fault: () => fault,
    figures: () => ({ ...analyser.figures(), ...intake.figures() }),
    async close() {
      stopped.abort();
      await Promise.all([bus.close(), settling]);
    },
  };
}

/** More than one takes, so that the count is what bounds unless names are long. */
const BYTES_PER_SPAN = 640;

interface Intake {
  readonly take: (body: Uint8Array) => Taken;
  figures(): Pick<CallRecordsFigures, "lagMs" | "messages" | "unreadable" | "unusable">;
}

function createIntake({ clock, log, settings }: CallRecordsDeps, take: (spans: Parameters<ReturnType<typeof createAnalyser>["take"]>[0]) => void): Intake {
  const limits: OtlpLimits = { bytes: settings.maxMessageBytes, spans: SPANS_PER_MESSAGE };
  const share = createSharedTexts();
  let [messages, unreadable, unusable, toldAt] = [0, 0, 0, -Infinity];
  let lagMs: number | undefined;
  return {
    take(body) {
      messages += 1;
      const parsed = parseOtlp(body, limits, share);
      if (parsed.ok) {
        unusable += parsed.value.unusable;
        if (parsed.value.spans.length > 0) lagMs = clock.now() - parsed.value.spans.reduce((newest, { end }) => Math.max(newest, end), 0);
        take(parsed.value.spans);
        return "taken";
      }
      unreadable += 1;
      if (clock.monotonic() - toldAt >= TELL_EVERY_MS) {
        toldAt = clock.monotonic();
        log.warn({ event: "bus", unreadable }, `a message from the bus can't be read: ${parsed.fault}; ${unreadable} so far`);
      }
      return "unreadable";
    },
    figures: () => ({ lagMs, messages, unreadable, unusable }),
  };
}

/** While nothing is held, nothing can become due: then it sleeps until something comes. */
async function settleAgain(settle: () => void, { arrived, clock, isIdle }: { readonly arrived: SignalFlag; readonly clock: Clock; readonly isIdle: () => boolean }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await (isIdle() ? arrived.wait(signal) : clock.sleep(SETTLE_MS, signal));
    settle();
  }
}

/** After judging, so many times as long goes to all else: a guard of many services isn't busy with nothing but what it has heard. */
const REST_TIMES = 4;

/** Runs where the revision is another than it was. Says whether the newest is judged. */
function createTurnsToJudge({ monotonic }: Pick<Clock, "monotonic">, run: () => void): (revision: number) => boolean {
  let judged = 0;
  let restsUntil = -Infinity;
  return (revision) => {
    const begun = monotonic();
    if (revision === judged || begun < restsUntil) return revision === judged;
    judged = revision;
    run();
    const ended = monotonic();
    restsUntil = ended + REST_TIMES * (ended - begun);
    return true;
  };
}
