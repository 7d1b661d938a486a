/** What was asked, planned in each of several datacentres by what stands there. Nothing is begun. */
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Store } from "../../core/store/port.ts";
import type { ChangeSpec } from "../change-spec.ts";
import { type Failure, failureOfRefusal } from "../ending.ts";
import { noteOperations } from "../operation/note-operations.ts";
import { type Prepared, type Unprepared, prepare } from "../prepare.ts";
import type { Session } from "../session.ts";
import { reach } from "./reach.ts";

export type Look = { readonly dc: string } & (
  | { readonly kind: "planned"; readonly store: Store; readonly prepared: Prepared }
  | { readonly kind: "unchanged"; readonly store: Store; readonly message: string }
  | { readonly kind: "unreachable"; readonly message: string }
);

/** One refusal is all's: what can't be done everywhere is begun nowhere. What can't be reached is no refusal. */
export async function lookEverywhere(session: Session, spec: ChangeSpec, names: readonly string[]): Promise<Result<readonly Look[], Failure>> {
  const reached = await Promise.all(names.map(async (dc) => ({ dc, store: await reach(session, dc) })));
  const [first] = reached;
  if (first?.store.ok === true && session.flags.output === "table") await noteOperations(first.store.value, session.world);
  const looks: Look[] = [];
  for (const { dc, store } of reached) {
    const look = store.ok ? await lookAt(session, spec, dc, store.value) : ok<Look>({ dc, kind: "unreachable", message: store.fault });
    if (!look.ok) return err({ ...look.fault, message: `${look.fault.message}. Nothing was begun in any datacentre` });
    // It may have gone since it was reached.
    if (looks.length === 0 && look.value.kind === "unreachable") return err(withoutJournal(dc, look.value.message, names));
    looks.push(look.value);
  }
  return ok(looks);
}

function withoutJournal(dc: string, why: string, names: readonly string[]): Failure {
  const others = names.filter((name) => name !== dc);
  const instead = others.length === 0 ? "" : `: put another first, such as --dc ${[...others, dc].join(",")}, and ${dc} is left to be resumed`;
  return { code: "consul", message: `${why}. What is done in several datacentres is written down in the first${instead}. Nothing was changed` };
}

export async function lookAt(session: Session, spec: ChangeSpec, dc: string, store: Store): Promise<Result<Look, Failure>> {
  const prepared = await prepare(session, store, spec);
  if (prepared.ok) return ok({ dc, kind: "planned", store, prepared: prepared.value });
  const { fault } = prepared;
  if (fault.kind === "refusal" && fault.refusal.kind === "nothing-to-change") return ok({ dc, kind: "unchanged", store, message: fault.refusal.message });
  const again = isConsuls(fault) ? await reach(session, dc) : undefined;
  if (again?.ok === false) return ok({ dc, kind: "unreachable", message: again.fault });
  const failure = failureOf(fault);
  return err({ ...failure, message: `in ${dc}: ${failure.message}` });
}

const isConsuls = (fault: Unprepared): boolean => fault.kind === "failure" && fault.failure.code === "consul";

export function failureOf(fault: Unprepared): Failure {
  if (fault.kind === "failure") return fault.failure;
  return fault.refusal.kind === "nothing-to-change" ? { code: "fault", message: fault.refusal.message } : failureOfRefusal(fault.refusal);
}
