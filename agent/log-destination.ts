import { writeSync } from "node:fs";
import type { DestinationStream } from "pino";
import { type Clock, isoTime } from "../core/clock.ts";

/** Throws what the operating system throws; answers how many bytes were taken. */
export type Write = (bytes: Uint8Array) => number;

/** A reader that is only slow gets so many chances for one line. */
const CHANCES = 5;
const PAUSE_MS = 20;

/**
 * Writes each line at once and in this thread. One that can't be written (a full disk, a reader that is gone or hangs)
 * is dropped and counted, and the next one that can says how many were: an agent never dies of its log, nor waits for it.
 */
export function createLogDestination(clock: Pick<Clock, "now">, write: Write = (bytes) => writeSync(2, bytes)): DestinationStream {
  let lost = 0;
  return {
    write(line) {
      const notice = lost === 0 ? "" : `${JSON.stringify({ level: "warn", time: isoTime(clock.now()), event: "log-lost", lost, message: `${lost} lines of this log could not be written` })}\n`;
      lost = isWritten(`${notice}${line}`, write, lost === 0 ? CHANCES : 1) ? 0 : lost + 1;
    },
  };
}

function isWritten(text: string, write: Write, chances: number): boolean {
  let left: Uint8Array = Buffer.from(text);
  for (let used = 0; left.length > 0; ) {
    try {
      left = left.subarray(write(left));
    } catch (error) {
      used += 1;
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN") || used >= chances) return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
  return true;
}
