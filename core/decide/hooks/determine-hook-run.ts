import type { HookAsk, HookRun } from "../../model/hook-records.ts";

/** Whether a run is one of what an operation asks: of the same step, the same way. */
export function isRunOf(run: HookRun | undefined, operation: string, { asked, step }: HookAsk): boolean {
  return run !== undefined && run.operation === operation && run.step === step && run.way === asked.way;
}

/**
 * The next run for what is asked, as it is written before it begins; undefined where it is done, or its tries for this ask
 * are spent. One that stands as begun, with no agent at it, was cut off: it is run again under the next number.
 */
export function determineHookRun(operation: string, ask: HookAsk, last: HookRun | undefined, { at, by }: Pick<HookRun, "at" | "by">): HookRun | undefined {
  const { asked, step } = ask;
  const former = isRunOf(last, operation, ask) ? last : undefined;
  const isSameAsk = former?.ask === ask.ask;
  if (former?.state === "done" || (isSameAsk && former?.spent === true)) return undefined;
  return {
    operation,
    step,
    way: asked.way,
    from: asked.from,
    to: asked.to,
    ask: ask.ask,
    attempt: (former?.attempt ?? 0) + 1,
    tries: isSameAsk ? (former?.tries ?? 0) + 1 : 1,
    state: "begun",
    by,
    at,
  };
}
