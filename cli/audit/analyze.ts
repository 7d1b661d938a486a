import { parseRoutes } from "../../core/config/parse-routes.ts";
import { determineFinding } from "../../core/decide/audit/determine-finding.ts";
import { suggestWayBack } from "../../core/decide/audit/suggest-way-back.ts";
import { tallyCalls } from "../../core/decide/audit/tally-calls.ts";
import { determineCurrent, isCondemned, isGood } from "../../core/decide/current.ts";
import { NO_ROUTES } from "../../core/model/routes.ts";
import type { ServiceFacts } from "../../core/model/facts.ts";
import type { Revision } from "../../core/model/records.ts";
import { findFiles } from "../../core/operations/audit/find-files.ts";
import { readRows } from "../../core/operations/audit/read-rows.ts";
import { type Ending, failed, result, usage } from "../ending.ts";
import { gatherKnown } from "../gather.ts";
import { auditPrintable } from "../output/audit.ts";
import type { Session } from "../session.ts";

/** What the rows of a service say of its versions, next to what Consul knows of its changes. */
export async function analyze(session: Session, service: string, { file, since }: { readonly file: readonly string[]; readonly since: number | undefined }): Promise<Ending> {
  const files: string[] = [];
  for (const named of file) {
    const found = await findFiles(named);
    if (!found.ok) return failed(usage(found.fault));
    files.push(...found.value);
  }
  if (files.length === 0) return failed(usage("name the audit log with --file; what it was rotated to is read with it"));
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const gathered = await gatherKnown(store.value, [service], { signal: session.signal });
  if (!gathered.ok) return failed(gathered.fault);
  const [facts] = gathered.value;
  return facts === undefined ? failed(usage(`${service} is unknown`)) : judgeRows(session, facts, [...new Set(files)], since);
}

async function judgeRows(session: Session, facts: ServiceFacts, files: readonly string[], since: number | undefined): Promise<Ending> {
  const { service, history } = facts;
  const tally = tallyCalls(service, revisionAtOf(history));
  const read = await readRows(
    files,
    (row, atMs, place) => {
      if (row.kind === "call" && atMs >= (since ?? -Infinity)) tally.add(row, atMs, place);
    },
    session.signal,
  );
  const versions = tally.versions();
  const { state } = determineCurrent(facts);
  const routes = state.routes === undefined ? undefined : parseRoutes(state.routes, "routes");
  const finding = determineFinding({ service, versions, history, state });
  const suggestion = suggestWayBack(finding, {
    service,
    versions,
    history,
    state,
    routes: routes?.ok === true ? routes.value : NO_ROUTES,
    isTrusted: (version) => facts.releases.has(version) && !isCondemned(facts, version),
    isGood: (version) => isGood(facts, version),
  });
  return result(auditPrintable({ service, files, read, versions, finding, suggestion, change: changeBefore(finding, history) }));
}

/** The revision that stood at a time; 0 before the oldest. History is short beside a log, and sorted. */
function revisionAtOf(history: readonly Revision[]): (atMs: number) => number {
  const times = history.map(({ at, revision }) => ({ sinceMs: Date.parse(at), revision }));
  return (atMs) => times.find(({ sinceMs }) => sinceMs <= atMs)?.revision ?? 0;
}

/** The newest change that came before the first call that went wrong. */
function changeBefore(finding: ReturnType<typeof determineFinding>, history: readonly Revision[]): Revision | undefined {
  if (finding.kind === "nothing") return undefined;
  if (finding.kind === "change") return finding.revision;
  const badMs = finding.suspect.firstBad?.atMs ?? Infinity;
  return history.find(({ at }) => Date.parse(at) <= badMs);
}
