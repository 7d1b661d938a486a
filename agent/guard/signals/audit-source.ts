/** Audit logs of this host, read as they grow and counted for all services that are guarded here. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../../../core/clock.ts";
import type { AuditSourceSettings } from "../../../core/config/audit-source.ts";
import { type CountedCalls, HORIZON_MS, countRecentCalls } from "../../../core/decide/audit/recent-calls.ts";
import type { AuditCall } from "../../../core/model/audit-row.ts";
import { listRotated } from "../../../core/operations/audit/find-files.ts";
import { type FileFollower, followFile } from "../../../core/operations/audit/follow-file.ts";
import { parseRow } from "../../../core/operations/audit/parse-row.ts";
import { readLines } from "../../../core/operations/audit/read-lines.ts";
import { describeRefusal } from "../../files/disk-refusal.ts";
import type { Log } from "../../log.ts";

export interface AuditSource {
  since(service: string, version: string, fromMs: number): CountedCalls;
  before(service: string, version: string, toMs: number): CountedCalls;
  /** Lines that are none of an audit log, in all files. */
  badLines(): number;
  /** Why a file can't be read now. */
  fault(): string | undefined;
  /** Calls back with the services of which calls failed since the last time. Answers how to end that. */
  onFailures(heard: (services: ReadonlySet<string>) => void): () => void;
  close(): Promise<void>;
}

export interface AuditSourceDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Of the agent's file. */
  readonly folder: string;
  readonly guards: (service: string) => boolean;
}

const LOOK_EVERY_MS = 500;
/** Of each file at the start: what was rotated before is read as far as that reaches. */
const MOST_BACKLOG_BYTES = 64 * 1024 * 1024;

export function openAuditSource({ files }: AuditSourceSettings, deps: AuditSourceDeps): AuditSource {
  const { clock } = deps;
  const calls = countRecentCalls();
  const listeners = new Set<(services: ReadonlySet<string>) => void>();
  const over = new AbortController();
  let failed = new Set<string>();
  let badLines = 0;
  const take = (call: AuditCall): void => {
    // Also of one that isn't guarded yet: it may be from now on.
    calls.add(call, Date.parse(call.at), clock.now());
    if (call.result === "failed" && deps.guards(call.service)) failed.add(call.service);
  };
  const onLine = (line: string | undefined): void => {
    if (line?.trim() === "") return;
    const row = parseRow(line);
    if (!row.ok) badLines += 1;
    else if (row.value.kind === "call") take(row.value);
  };
  const paths = files.map((file) => resolve(deps.folder, file));
  const readers = paths.map((path) => readerOf(path, onLine, deps));
  const run = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await Promise.all(readers.map((reader) => reader.look(over.signal)));
      const heard = failed;
      failed = new Set();
      if (heard.size > 0) for (const listener of listeners) listener(heard);
      await clock.sleep(LOOK_EVERY_MS, over.signal);
    }
    await Promise.all(readers.map((reader) => reader.close()));
  };
  const running = run();
  return {
    since: (service, version, fromMs) => calls.since(service, version, fromMs),
    before: (service, version, toMs) => calls.before(service, version, toMs),
    badLines: () => badLines,
    fault: () => readers.map((reader) => reader.fault()).find((fault) => fault !== undefined),
    onFailures(heard) {
      listeners.add(heard);
      return () => void listeners.delete(heard);
    },
    async close() {
      over.abort();
      await running;
    },
  };
}

interface Reader {
  look(signal: AbortSignal): Promise<void>;
  fault(): string | undefined;
  close(): Promise<void>;
}

/** At its first look also what the file was rotated to. A fault is told once until it is another. */
function readerOf(path: string, onLine: (line: string | undefined) => void, { clock, log }: AuditSourceDeps): Reader {
  const follower: FileFollower = followFile(path, MOST_BACKLOG_BYTES, onLine);
  let fault: string | undefined = `the audit log ${path} is being read`;
  let hasBacklog = true;
  const turned = (next: string | undefined): void => {
    if (next !== undefined && next !== fault) log.warn({ event: "audit-signal" }, next);
    fault = next;
  };
  return {
    fault: () => fault,
    close: () => follower.close(),
    async look(signal) {
      try {
        if (hasBacklog) await readBacklog(path, onLine, clock.now(), signal);
        hasBacklog = false;
        await follower.look(signal);
        turned(undefined);
      } catch (error) {
        if (!signal.aborted) turned(`the audit log ${path} can't be read: ${describeRefusal(error)}; see to "guard.audit.files" or to the file`);
      }
    },
  };
}

/** The newest of what it was rotated to, as far as it matters. What can't be read is left out. */
async function readBacklog(path: string, onLine: (line: string | undefined) => void, now: number, signal: AbortSignal): Promise<void> {
  let left = MOST_BACKLOG_BYTES;
  for (const { age, path: rotated } of (await listRotated(path)).toReversed()) {
    if (age === 0) continue;
    const { mtimeMs, size } = await stat(rotated);
    left -= size;
    if (left < 0 || mtimeMs < now - HORIZON_MS) return;
    await readLines(rotated, onLine, signal).catch(() => undefined);
  }
}
