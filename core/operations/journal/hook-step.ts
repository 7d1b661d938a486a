/** A step that an agent of the service takes: it is asked, followed, and ends as the agent says. */
import type { Clock } from "../../clock.ts";
import { isRunOf } from "../../decide/hooks/determine-hook-run.ts";
import { describeStep } from "../../decide/hooks/plan-hook-steps.ts";
import { describeStoreFault } from "../../model/fault.ts";
import { type HookAsk, type HookRun, type HookStep, type HooksLead, hookAskSchema, hooksLeadSchema } from "../../model/hook-records.ts";
import { parseRecord } from "../../model/parse-record.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { writeAsRead } from "../../store/as-read.ts";
import { hooksKey, operationAskKey } from "../../store/keys.ts";
import type { Entry } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";
import { NOTHING_MORE, type StepEnd, type StepRun, type StepRunner } from "./step-runner.ts";

export interface HookProgress {
  readonly step: HookStep;
  /** Undefined until somebody began. */
  readonly run: HookRun | undefined;
  /** Whoever has the right to run it; undefined where nobody has now. */
  readonly leader: string | undefined;
}

export interface HookStepDeps {
  readonly clock: Clock;
  /** Told when something of it changed. */
  readonly onHook?: ((progress: HookProgress) => void) | undefined;
}

/** Between two looks at what became of it: it is one key, and looked at while a person waits. */
const LOOK_EVERY_MS = 250;
/** Longer than a killed agent's session lives (twice the default of its TTL), so that another may take over. */
const LEADERLESS_MS = 60_000;

export function hookStep(deps: HookStepDeps): StepRunner<HookStep> {
  return {
    async forward(step, run) {
      const asked = await ask(step, run);
      return asked.ok ? follow(deps, asked.value, run) : asked;
    },
    // Such a step is final: an operation that has begun one is never taken back.
    back: () => Promise.reject(new Error("a hook's step was to be taken back")),
  };
}

/** Anew for each run of the operation, so that tries that were spent are tried again. */
async function ask(step: HookStep, run: StepRun): Promise<Result<HookAsk, ApplyFault>> {
  const { place, record, store } = run;
  const key = operationAskKey(record.id);
  const former = await store.get(key, { consistency: "consistent" });
  if (!former.ok) return err({ kind: "store", fault: former.fault });
  const next: HookAsk = { step: place, ask: numberOf(former.value, place) + 1, asked: step };
  const written = await run.write([writeAsRead(key, JSON.stringify(next), former.value?.modifyIndex)]);
  return written.ok ? ok(next) : written;
}

function numberOf(entry: Entry | undefined, place: number): number {
  const former = entry === undefined ? undefined : parseRecord(hookAskSchema, entry.key, entry.value);
  return former?.ok === true && former.value.step === place ? former.value.ask : 0;
}

/** Until it is done, or nobody is there who could do it. Consul's own outages are waited out as long as the operation's session is. */
async function follow({ clock, onHook }: HookStepDeps, asked: HookAsk, run: StepRun): Promise<Result<StepEnd, ApplyFault>> {
  let seen = "";
  let ledAt = clock.monotonic();
  for (;;) {
    const look = await lookAt(run, asked);
    if (look.ok && look.value.leader !== undefined) ledAt = clock.monotonic();
    if (look.ok && JSON.stringify(look.value) !== seen) {
      seen = JSON.stringify(look.value);
      onHook?.({ step: asked.asked, ...look.value });
    }
    if (look.ok && look.value.run?.state === "done") return ok(NOTHING_MORE);
    const why = whyStop(asked, look, { isInterrupted: run.signal.aborted, leaderlessMs: clock.monotonic() - ledAt });
    if (why !== undefined) return err({ kind: "unfinished", operation: run.record.id, message: why });
    await clock.sleep(LOOK_EVERY_MS, run.signal);
  }
}

type Look = Result<Omit<HookProgress, "step">, string>;

function whyStop({ ask: number, asked }: HookAsk, look: Look, { isInterrupted, leaderlessMs }: { readonly isInterrupted: boolean; readonly leaderlessMs: number }): string | undefined {
  const what = describeStep(asked);
  if (isInterrupted) return `it was interrupted while ${what} was under way, which goes on`;
  const last = look.ok ? look.value.run : undefined;
  if (last?.spent === true && last.ask === number) return `${what} failed ${last.tries === 1 ? "once" : `${last.tries} times`} at ${last.by}: ${last.message ?? "it said nothing"}`;
  if (leaderlessMs <= LEADERLESS_MS) return undefined;
  return `${what} waits for an agent that may run it: ${look.ok ? "none lives" : look.fault}`;
}

async function lookAt({ record, store }: StepRun, asked: HookAsk): Promise<Look> {
  const entry = await store.get(hooksKey(asked.asked.service), { consistency: "consistent" });
  if (!entry.ok) return err(describeStoreFault(entry.fault));
  const lead = leadOf(entry.value);
  return ok({ leader: entry.value?.session === undefined ? undefined : lead?.leader, run: isRunOf(lead?.last, record.id, asked) ? lead?.last : undefined });
}

function leadOf(entry: Entry | undefined): HooksLead | undefined {
  const lead = entry === undefined ? undefined : parseRecord(hooksLeadSchema, entry.key, entry.value);
  return lead?.ok === true ? lead.value : undefined;
}
