/** The flow of a verb over several datacentres: one plan, shown as a whole, applied in one after the other, journaled in the first. */
import { isoTime } from "../../core/clock.ts";
import { fingerprintOfAll } from "../../core/decide/fingerprint.ts";
import type { OperationRecord } from "../../core/model/operation.ts";
import type { Asked } from "../../core/model/requests.ts";
import { draftDatacentres } from "../../core/operations/datacentres/draft-datacentres.ts";
import { beginOperation } from "../../core/operations/journal/begin-operation.ts";
import type { ChangeSpec } from "../change-spec.ts";
import { confirm } from "../confirm.ts";
import { EXIT, type Ending, failed, result, usage } from "../ending.ts";
import type { CommonFlags } from "../flags.ts";
import { changesPrintable, plansPrintable, plansText } from "../output/datacentres.ts";
import { createSteps } from "../output/operation-steps.ts";
import type { Session } from "../session.ts";
import { isEverywhere } from "../wait.ts";
import { chooseDatacentres } from "./choose.ts";
import { createCrew, failureOfCrew } from "./crew.ts";
import { type Look, lookEverywhere } from "./look.ts";
import { followEverywhere } from "./receipts.ts";

export interface SeveralSpec extends ChangeSpec {
  readonly asked: Asked;
}

export async function changeSeveral(session: Session, spec: SeveralSpec, wanted: NonNullable<CommonFlags["dcs"]>): Promise<Ending> {
  if ("withSchema" in spec.asked && spec.asked.withSchema === true) return failed(usage("--with-schema goes with one datacentre: what migrates data there is finished before it is begun elsewhere; say it once for each datacentre"));
  const names = await chooseDatacentres(session, wanted);
  if (!names.ok) return failed(names.fault);
  const asOf = session.world.clock.now();
  const looked = await lookEverywhere(session, spec, names.value);
  if (!looked.ok) return failed(looked.fault);
  const looks = looked.value;
  const fingerprint = fingerprintOfAll(looks.map((look) => ({ datacentre: look.dc, fingerprint: look.kind === "planned" ? look.prepared.plan.fingerprint : undefined })));
  if (spec.flags.dryRun === true) return result(plansPrintable(fingerprint, looks, spec.asked));
  if (looks.every(({ kind }) => kind === "unchanged")) return result(changesPrintable({ fingerprint, looks, followed: [] }));
  if (spec.flags.yes !== true || session.flags.output === "table") session.world.stderr.write(`${plansText(fingerprint, looks, session.err)}\n`);
  const agreed = await confirm(session, spec.flags, "Do this, in this order?");
  if (!agreed.ok) return failed(agreed.fault);
  return applyEverywhere(session, spec, { asOf, fingerprint, looks });
}

interface Agreed {
  /** When it was looked at, by this machine's clock. */
  readonly asOf: number;
  readonly fingerprint: string;
  readonly looks: readonly Look[];
}

async function applyEverywhere(session: Session, spec: SeveralSpec, { asOf, fingerprint, looks }: Agreed): Promise<Ending> {
  const { asked, flags } = spec;
  const { by, clock, planSuffix } = session.world;
  const [first] = looks;
  if (first === undefined || first.kind === "unreachable") throw new Error("a journal was to be kept where Consul can't be reached");
  if (session.signal.aborted) return failed({ code: "interrupted", message: "stopped before anything was changed" });
  const datacentres = looks.filter(({ kind }) => kind !== "unchanged").map((look) => ({ datacentre: look.dc, plan: look.kind === "planned" ? look.prepared.plan : undefined }));
  const draft = draftDatacentres({ asked, by, at: isoTime(asOf + first.store.clockOffsetMs()), datacentres, journal: first.dc, planSuffix });
  const unseen = new Map(looks.flatMap((look) => (look.kind === "unreachable" ? [[look.dc, look.message] as const] : [])));
  const crew = createCrew(session, { flags, specOf: () => Promise.resolve(spec), unseen });
  const steps = createSteps(session);
  let last: OperationRecord = draft.record;
  const onProgress = (record: OperationRecord): void => {
    last = record;
    steps.show(record);
  };
  const done = await beginOperation(first.store, draft, { clock, runners: crew.runners, signal: session.signal, onProgress });
  steps.end();
  const waits = !done.ok && done.fault.kind === "unfinished" && isPutOff(last) ? done.fault.message : undefined;
  if (!done.ok && waits === undefined) return failed(failureOfCrew(done.fault, crew));
  const followed = await followEverywhere(session, flags, crew.applied());
  const exit = waits === undefined && followed.every(({ waited }) => isEverywhere(waited)) ? EXIT.done : EXIT.incomplete;
  return result(changesPrintable({ fingerprint, looks, followed, operation: draft.record.id, message: waits }), exit);
}

/** Everything that can be reached is done. */
function isPutOff({ next, phase, putOff, steps }: OperationRecord): boolean {
  return phase === "running" && next === steps.length && putOff !== undefined;
}
