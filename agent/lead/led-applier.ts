import { err } from "../../core/model/result.ts";
import type { Actuation } from "../../core/model/actuator-records.ts";
import type { Applied, Applier, Change } from "../appliers/applier.ts";
import { applyChange } from "../loop/apply-change.ts";
import { withTries } from "../loop/tries.ts";
import { firstOf } from "../process/first-signal.ts";
import type { LeadKeeper } from "./keep-lead.ts";

export interface LedDeps {
  readonly lead: Pick<LeadKeeper, "begin" | "end">;
  /** What acts for the whole service. */
  readonly appliers: readonly Applier[];
  /** How often one change is tried, by whomever. */
  readonly tries: number;
}

const NAME = "service";
const LONGEST_MESSAGE = 2_048;

/**
 * Runs the service's appliers between two fenced writes: that it begins, and how it ended. What was cut off in between
 * stays begun, and is run again by whoever leads then.
 */
export function createLedApplier({ appliers, lead, tries }: LedDeps): Applier {
  return {
    name: NAME,
    check: async () => ({ ok: true, value: undefined }),
    async apply(change, signal) {
      const ends = firstOf(signal);
      try {
        const begun = await lead.begin(change, ends.fire);
        if (begun === undefined) return superseded("nothing was run: this agent can't show that it leads");
        const applied = await applyChange(appliers, { ...change, generation: begun.generation, attempt: begun.attempt }, ends.signal);
        if (!applied.ok && (ends.signal.aborted || applied.fault.kind === "superseded")) return superseded(applied.fault.message);
        const isWritten = await lead.end(begun, endingOf(applied, begun, change, tries), ends.signal);
        return isWritten ? applied : superseded("it ended, and could not be written down: another agent leads, or something newer came");
      } finally {
        ends.release();
      }
    },
    // The commands' exit codes were their word. What really runs is an observer's business.
    verify: async () => ({ ok: true, value: undefined }),
    undo: async () => ({ ok: true, value: undefined }),
    settle: async () => undefined,
    async close(why) {
      for (const applier of appliers.toReversed()) await applier.close(why);
    },
  };
}

function endingOf(applied: Applied, { tries }: Actuation, { service }: Change, most: number): Pick<Actuation, "state" | "spent" | "message"> {
  if (applied.ok) return { state: "done", spent: undefined, message: undefined };
  const { kind, message } = applied.fault;
  const spent = kind === "broken" || tries >= most;
  return { state: "failed", spent: spent || undefined, message: withTries(message.slice(0, LONGEST_MESSAGE), { service, count: tries, most, spent }) };
}

function superseded(message: string): Applied {
  return err({ applier: NAME, kind: "superseded", message });
}
