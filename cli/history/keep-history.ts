import { KEPT_REVISIONS, parseKeptRevisions } from "../../core/model/kept-revisions.ts";
import { writeAsRead } from "../../core/store/as-read.ts";
import { entryText } from "../../core/store/entry-text.ts";
import { keptRevisionsKey } from "../../core/store/keys.ts";
import type { Entry, Store } from "../../core/store/port.ts";
import { confirm, refuseToGuess } from "../confirm.ts";
import { type Ending, failed, failureOfStore, result } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { type KeptHistory, describeKept, keptPrintable } from "../output/kept-history.ts";
import type { Session } from "../session.ts";

/** Says how many revisions of each service are kept. No desired state, so no plan: one key, by compare-and-set. */
export async function keepHistory(session: Session, keep: number, flags: ChangeFlags): Promise<Ending> {
  const allowed = refuseToGuess(session, flags, "this changes how much history is kept");
  if (!allowed.ok) return failed(allowed.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const entry = await store.value.get(keptRevisionsKey, { signal: session.signal });
  if (!entry.ok) return failed(failureOfStore(entry.fault));
  const before = keptBefore(entry.value);
  const isSame = before === keep;
  const asked: KeptHistory = { before, keep, outcome: isSame ? "unchanged" : "planned" };
  if (isSame || flags.dryRun === true) return result(keptPrintable(asked));
  if (flags.yes !== true) session.world.stderr.write(`${describeKept(asked)}\n`);
  const agreed = await confirm(session, flags, "Do this?");
  return agreed.ok ? write(store.value, entry.value, asked) : failed(agreed.fault);
}

/** Null where nobody can tell: then nothing is pruned. */
function keptBefore(entry: Entry | undefined): number | null {
  if (entry === undefined) return KEPT_REVISIONS;
  const kept = parseKeptRevisions(entryText(entry));
  return kept.ok ? kept.value : null;
}

async function write(store: Store, entry: Entry | undefined, asked: KeptHistory): Promise<Ending> {
  const written = await store.transact([writeAsRead(keptRevisionsKey, String(asked.keep), entry?.modifyIndex)]);
  if (written.ok) return result(keptPrintable({ ...asked, outcome: "changed" }));
  if (written.fault.kind !== "conflict") return failed(failureOfStore(written.fault));
  return failed({ code: "conflict", message: `${store.prefix}/${keptRevisionsKey} was changed by someone else just now; nothing was changed here: look at \`rollpin doctor\` and say it again` });
}
