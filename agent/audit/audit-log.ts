/** Rows on their way to the file: taken at once, written in batches, bounded. Whoever adds one waits for nothing. */
import type { Clock } from "../../core/clock.ts";
import type { AuditSettings } from "../../core/config/audit-settings.ts";
import type { Log } from "../log.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import type { EndedCall } from "../proxy/ended-call.ts";
import { openAppendFile } from "./append-file.ts";
import type { AuditState } from "./audit-state.ts";
import { type Door, callRow } from "./call-row.ts";

export interface AuditLog {
  /** Absolute. */
  readonly path: string;
  record(call: EndedCall, door: Door): void;
  adjust(settings: AuditSettings): void;
  /** While another agent takes this one's place, only one of them may. */
  allowRotation(may: boolean): void;
  state(): AuditState;
  /** Writes what it has, for as long as that may take. */
  close(): Promise<void>;
}

export interface AuditLogDeps {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Characters of rows that wait; some thousand to ten thousand rows. */
const MOST_WAITING = 4 * 1024 * 1024;
/** So long a row waits for others, and at most so many are lost with the agent's process. */
const BATCH_MS = 200;
/** After the disk has refused. */
const AGAIN_MS = 1_000;
const CLOSE_MS = 2_000;
const BREAK = 10;

export function openAuditLog(first: AuditSettings, { clock, log, path }: AuditLogDeps): AuditLog {
  let settings = first;
  let mayRotate = true;
  const standing: Standing = { rows: 0, lost: 0, fault: undefined };
  const told = teller(log, path, standing);
  const file = openAppendFile({ path, settings: () => settings, mayRotate: () => mayRotate, clock, onRotateFault: (what) => log.warn({ event: "audit" }, `${what}; calls are written all the same, and it is tried again in a minute`) });
  const flag = createSignalFlag();
  const over = new AbortController();
  const waiting = createWaitingRows();

  const flush = async (): Promise<void> => {
    const lines = waiting.take();
    const { bytes, fault } = await file.append(lines);
    standing.rows += countLines(lines.subarray(0, bytes));
    waiting.putBack(lines.subarray(bytes));
    told.outcome(fault);
  };
  const run = async (): Promise<void> => {
    // So that a file that can't be written is told of before there is anything to write.
    await flush();
    while (!over.signal.aborted) {
      await flag.wait(over.signal);
      await clock.sleep(standing.fault === undefined ? BATCH_MS : AGAIN_MS, over.signal);
      await flush();
      if (waiting.size() > 0 || standing.fault !== undefined) flag.raise();
    }
  };
  const running = run();
  return {
    path,
    record(call, door) {
      const isKept = waiting.add(JSON.stringify(callRow(call, door, settings, clock)));
      if (isKept) return flag.raise();
      standing.lost += 1;
      told.lost();
    },
    adjust(next) {
      settings = next;
    },
    allowRotation(may) {
      mayRotate = may;
    },
    state: () => ({ file: path, rows: standing.rows, lost: standing.lost, fault: standing.fault }),
    async close() {
      over.abort();
      const limit = new AbortController();
      const ended = running.then(flush).then(() => file.close());
      await Promise.race([ended, clock.sleep(CLOSE_MS, limit.signal)]);
      limit.abort();
    },
  };
}

interface WaitingRows {
  /** Whether there was room. */
  add(line: string): boolean;
  take(): Buffer;
  putBack(lines: Buffer): void;
  size(): number;
}

function createWaitingRows(): WaitingRows {
  let lines: string[] = [];
  let size = 0;
  let back: Buffer = Buffer.alloc(0);
  return {
    add(line) {
      if (size + back.length + line.length > MOST_WAITING) return false;
      lines.push(line);
      size += line.length;
      return true;
    },
    take() {
      const taken = lines.length === 0 ? back : Buffer.concat([back, Buffer.from(`${lines.join("\n")}\n`)]);
      [lines, size] = [[], 0];
      // Counted until it is known what became of it.
      back = taken;
      return taken;
    },
    putBack(rest) {
      back = rest;
    },
    size: () => size + back.length,
  };
}

interface Standing {
  rows: number;
  lost: number;
  fault: string | undefined;
}

/** Each trouble once, and its end with what it cost. */
function teller(log: Log, path: string, standing: Standing) {
  let lostBefore = 0;
  let isFull = false;
  return {
    lost() {
      if (isFull || standing.fault !== undefined) return;
      isFull = true;
      log.error({ event: "audit" }, `calls come faster than ${path} takes them: some are not written; /metrics counts them as rollpin_agent_audit_lost_rows_total`);
    },
    outcome(fault: string | undefined) {
      const former = standing.fault;
      standing.fault = fault;
      if (fault !== undefined && fault !== former) log.error({ event: "audit" }, `calls can't be written to ${path}: ${fault}; free the disk or mend the path. Some thousand wait in memory, what comes then is counted as lost`);
      if (fault !== undefined || (former === undefined && !isFull)) return;
      log.info({ event: "audit" }, `calls are written to ${path} again; ${standing.lost - lostBefore} were lost`);
      lostBefore = standing.lost;
      isFull = false;
    },
  };
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(BREAK); at >= 0; at = lines.indexOf(BREAK, at + 1)) count += 1;
  return count;
}
