import { asRegistered } from "../../core/decide/as-registered.ts";
import { planAdopt } from "../../core/decide/plans/plan-adopt.ts";
import { IMPORTED } from "../../core/model/imported-release.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { registerRelease } from "../../core/operations/register-release.ts";
import type { Endpoint, Store } from "../../core/store/port.ts";
import { changeOne } from "../change.ts";
import { refuseToGuess } from "../confirm.ts";
import { type Ending, type Failure, failed, failureOfStore } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { withProof } from "../output/printable.ts";
import type { Session } from "../session.ts";
import { compareCatalogs, readVersions } from "./read-catalog.ts";

export interface AdoptFlags extends ChangeFlags {
  readonly versionMeta: string;
  readonly versionTag?: string;
  readonly version?: string;
  readonly track: string;
}

/** Reads the catalog, registers the versions that run, pins them in one plan, and looks whether the catalog is as it was. */
export async function adopt(session: Session, service: string, flags: AdoptFlags): Promise<Ending> {
  const allowed = refuseToGuess(session, flags);
  if (!allowed.ok) return failed(allowed.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const before = await store.value.catalog.healthy(service, { signal: session.signal });
  if (!before.ok) return failed(failureOfStore(before.fault));
  const seen = readVersions(before.value.endpoints, flags.versionTag === undefined ? { meta: flags.versionMeta } : { tag: flags.versionTag });
  const versions = [...new Set([...seen.running.map(({ version }) => version), ...(flags.version === undefined ? [] : [flags.version])])];
  // Registering changes nothing that runs, and a plan names registered releases only.
  const registered = flags.dryRun === true ? ok(undefined) : await registerAll(session, store.value, service, versions);
  if (!registered.ok) return failed(registered.fault);
  const ending = await changeOne(session, {
    flags,
    service,
    history: 1,
    evenUnknown: true,
    plan: (facts, context) => planAdopt(asRegistered(facts, versions.map((version) => ({ version, labels: IMPORTED })), context.now), { service, track: flags.track, version: flags.version, ...seen }, context),
  });
  return flags.dryRun === true ? ending : prove(session, store.value, service, before.value.endpoints, ending);
}

async function registerAll(session: Session, store: Store, service: string, versions: readonly string[]): Promise<Result<void, Failure>> {
  const { by, clock } = session.world;
  for (const version of versions) {
    const done = await registerRelease(store, service, { version, labels: IMPORTED }, { by, now: clock.now(), signal: session.signal });
    // Whoever registered it before knows more of it than the catalog does.
    if (!done.ok && done.fault.kind !== "different") return err(failureOfStore(done.fault));
  }
  return ok(undefined);
}

async function prove(session: Session, store: Store, service: string, before: readonly Endpoint[], ending: Ending): Promise<Ending> {
  if (ending.kind !== "result") return ending;
  const after = await store.catalog.healthy(service, { signal: session.signal });
  const proof = after.ok ? compareCatalogs(service, before, after.value.endpoints) : `whether the catalog is as it was could not be read: ${failureOfStore(after.fault).message}`;
  return { ...ending, printable: withProof(ending.printable, proof) };
}
