/** What a person says to a rollout under way. */
import { isoTime } from "../../core/clock.ts";
import { endRollout, pauseRollout, resumeRollout } from "../../core/decide/rollout/determine-move.ts";
import { planRolloutBack } from "../../core/decide/rollout/plan-rollout.ts";
import { err } from "../../core/model/result.ts";
import { type Rollout, hasEnded } from "../../core/model/rollout.ts";
import { replaceRollout } from "../../core/operations/rollout/rollout-record.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import type { Store } from "../../core/store/port.ts";
import { change, forOne } from "../change.ts";
import { confirm, refuseToGuess } from "../confirm.ts";
import { type Ending, failed, failureOfStore, result } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { rolloutPrintable } from "../output/rollout.ts";
import type { Session } from "../session.ts";
import { readLastRollout } from "./last-rollout.ts";

export type Word =
  | { readonly kind: "pause"; readonly reason: string | undefined }
  | { readonly kind: "resume" }
  | { readonly kind: "promote"; readonly all: boolean };

/** The guard may write the same record meanwhile: then what it wrote is looked at, and the word is said again. */
const TRIES = 5;

export async function moveRollout(session: Session, service: string, word: Word, flags: ChangeFlags): Promise<Ending> {
  const allowed = refuseToGuess(session, flags, `this moves the rollout of ${service}`);
  if (!allowed.ok) return failed(allowed.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  let agreed = flags.yes === true;
  for (let left = TRIES; ; left -= 1) {
    const seen = await underWay(session, store.value, service);
    if (!seen.ok) return failed(seen.fault);
    const now = consulTime(store.value, session.world.clock);
    const next = afterWord(seen.value.stored.value, word, { now, by: session.world.by });
    const { revision, stored } = seen.value;
    if (next === undefined) return result(rolloutPrintable({ rollout: stored.value, revision, outcome: "unchanged" }));
    if (flags.dryRun === true) return result(rolloutPrintable({ rollout: next, revision, outcome: "planned" }));
    if (!agreed) {
      session.world.stderr.write(`${rolloutPrintable({ rollout: next, revision, outcome: "planned" }).text(session.err)}\n`);
      const said = await confirm(session, flags, "Do this?");
      if (!said.ok) return failed(said.fault);
      agreed = true;
    }
    const written = await store.value.transact([replaceRollout(stored, next)]);
    if (written.ok) return result(rolloutPrintable({ rollout: next, revision, outcome: "changed" }));
    if (written.fault.kind !== "conflict") return failed(failureOfStore(written.fault));
    if (left === 0) return failed({ code: "conflict", service, message: `the rollout of ${service} moves all the time; nothing was changed here: look at "rollpin rollout status ${service}" and say it again` });
  }
}

/** Undefined: it stands like that already. */
function afterWord(rollout: Rollout, word: Word, { by, now }: { readonly by: string; readonly now: number }): Rollout | undefined {
  switch (word.kind) {
    case "pause":
      return rollout.paused === undefined ? pauseRollout(rollout, { at: isoTime(now), by, why: word.reason ?? "a person said so" }) : undefined;
    case "resume":
      return rollout.paused === undefined ? undefined : resumeRollout(rollout, now);
    case "promote": {
      const promote = word.all ? "all" : "step";
      if (rollout.promote === promote && rollout.paused === undefined) return undefined;
      return { ...(rollout.paused === undefined ? rollout : resumeRollout(rollout, now)), promote };
    }
  }
}

/** Back to where it began, at once: nobody has to be asked for it but the operator. */
export async function abortRollout(session: Session, service: string, flags: ChangeFlags): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const seen = await underWay(session, store.value, service);
  if (!seen.ok) return failed(seen.fault);
  const { revision, stored } = seen.value;
  const rollout = stored.value;
  const ended = endRollout(rollout, "aborted", consulTime(store.value, session.world.clock), flags.reason ?? `${session.world.by} took it back`);
  if (rollout.taken > 0) return change(session, { flags, services: [service], plan: forOne((facts, context) => planRolloutBack(facts, rollout, undefined, context)), beside: [replaceRollout(stored, ended)], adopts: false });
  const allowed = refuseToGuess(session, flags, `this ends the rollout of ${service}`);
  if (!allowed.ok) return failed(allowed.fault);
  if (flags.dryRun === true) return result(rolloutPrintable({ rollout: ended, revision, outcome: "planned" }));
  const agreed = await confirm(session, flags, `End the rollout of ${service}, of which no step is taken?`);
  if (!agreed.ok) return failed(agreed.fault);
  const written = await store.value.transact([replaceRollout(stored, ended)]);
  if (written.ok) return result(rolloutPrintable({ rollout: ended, revision, outcome: "changed" }));
  return failed(written.fault.kind === "conflict" ? { code: "conflict", service, message: `the rollout of ${service} took a step just now; nothing was changed here: say it again` } : failureOfStore(written.fault));
}

export async function showRollout(session: Session, service: string): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const last = await readLastRollout(session, store.value, service);
  return last.ok ? result(rolloutPrintable({ rollout: last.value.stored.value, revision: last.value.revision })) : failed(last.fault);
}

async function underWay(session: Session, store: Store, service: string): ReturnType<typeof readLastRollout> {
  const last = await readLastRollout(session, store, service);
  if (!last.ok) return last;
  const { revision, stored } = last.value;
  const { head, state, version } = stored.value;
  if (hasEnded(stored.value)) return err({ code: "refused", check: "rollout", service, message: `the rollout of ${service} to ${version} is over (${state}): "rollpin rollout status ${service}" says why, "rollpin rollout retry ${service}" tries the same again` });
  if (head !== revision) return err({ code: "refused", check: "rollout", service, message: `the rollout of ${service} to ${version} is over: revision ${revision} overtook it; "rollpin history ${service}" says whose that is` });
  return last;
}
