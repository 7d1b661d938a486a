import { doubled } from "../../core/decide/doubled.ts";
import type { ApplierFault, Target } from "../appliers/applier.ts";
import type { HoldReason } from "./intent.ts";

/** How often one target was tried in vain, and when the next try is due. */
export interface Tries {
  readonly target: Target;
  /** The head's revision when it was last tried: the same target asked for again by a later plan gets new tries. */
  readonly revision: number;
  readonly count: number;
  /** How often it failed in a row for what is no fault of the target's: clients could not be told, the disk took nothing. */
  readonly passing: number;
  /** What the instance is until the next try. */
  readonly status: "reconciling" | "held";
  /** Milliseconds, monotonic. */
  readonly nextAt: number;
  /** No more tries: a person is needed. */
  readonly spent: boolean;
  readonly reason: HoldReason;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Nobody should have to ask again when Consul is back, or the disk. */
const LONGEST_PASSING_MS = 10_000;

/** What passes without anything being done to the target, and spends no try. */
const PASSING = {
  unannounced: { status: "reconciling", until: "Consul answers" },
  unwritable: { status: "held", until: "the disk takes it" },
} as const;

/** Counts one failed try. The pause doubles from one second; the reason keeps the applier's own words. What passes by itself spends no try. */
export function afterFailure(previous: Tries | undefined, failure: { readonly service: string; readonly target: Target; readonly revision: number; readonly fault: ApplierFault; readonly now: number; readonly most: number }): Tries {
  const { fault, most, now, revision, service, target } = failure;
  const isSame = previous !== undefined && previous.revision === revision && previous.target.version === target.version;
  const before = isSame ? previous : { count: 0, passing: 0 };
  const code = `${fault.applier}-${fault.kind}`;
  if (fault.kind === "unannounced" || fault.kind === "unwritable") {
    const { status, until } = PASSING[fault.kind];
    const pause = doubled(FIRST_PAUSE_MS, before.passing, LONGEST_PASSING_MS);
    return { target, revision, count: before.count, passing: before.passing + 1, status, nextAt: now + pause, spent: false, reason: { code, message: `${fault.message}; it is tried again until ${until}` } };
  }
  const count = before.count + 1;
  const pause = doubled(FIRST_PAUSE_MS, count - 1, LONGEST_PAUSE_MS);
  const spent = fault.kind === "broken" || count >= most;
  return { target, revision, count, passing: 0, status: "reconciling", nextAt: now + pause, spent, reason: { code, message: withTries(fault.message, { service, count, most, spent }) } };
}

/** A failure's words, and what comes of it. */
export function withTries(message: string, { count, most, service, spent }: { readonly service: string; readonly count: number; readonly most: number; readonly spent: boolean }): string {
  const next = spent ? `no more follow: \`rollpin rollback ${service}\` goes back; once it is mended, \`rollpin restart ${service}\` tries again` : `try ${count + 1} of ${most} follows`;
  // After the last lines of a process, its own line.
  return `${message}${message.includes("\n") ? "\n" : " "}(try ${count} of ${most}; ${next})`;
}

const SETTLE_STEP_MS = 200;
const LONGEST_SETTLE_MS = 2_000;

/**
 * How long to wait before the next apply after `superseded` applies in a row were overtaken by newer targets, so that
 * a pin that flickers starts few processes. Nothing for the first, so that one change is never late.
 */
export function settlePause(superseded: number): number {
  return superseded === 0 ? 0 : doubled(SETTLE_STEP_MS, superseded - 1, LONGEST_SETTLE_MS);
}
