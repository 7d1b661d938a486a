import { createReadStream } from "node:fs";
import { addAbortSignal } from "node:stream";
import { createGunzip } from "node:zlib";

/** Longer lines are none of an audit log, and aren't kept in memory. */
export const LONGEST_LINE = 1024 * 1024;
const BREAK = 10;

/** A line without its end, or undefined for one that is too long; lines count from 1. What stands behind the last break is a line too. */
export type OnLine = (line: string | undefined, number: number) => void;

/** Reads a file, unpacked where it ends in `.gz`, chunk by chunk. Rejects where it can't be read to its end, after the lines before that. */
export async function readLines(path: string, onLine: OnLine, signal: AbortSignal): Promise<void> {
  let [number, isTooLong] = [0, false];
  let rest: Buffer[] = [];
  let restBytes = 0;
  const end = (tail: Buffer): void => {
    number += 1;
    onLine(isTooLong ? undefined : Buffer.concat([...rest, tail]).toString("utf8"), number);
    [rest, restBytes, isTooLong] = [[], 0, false];
  };
  for await (const chunk of openChunks(path, signal)) {
    let from = 0;
    for (let at = chunk.indexOf(BREAK); at >= 0; at = chunk.indexOf(BREAK, from)) {
      end(chunk.subarray(from, at));
      from = at + 1;
    }
    restBytes += chunk.length - from;
    if (restBytes > LONGEST_LINE) [rest, isTooLong] = [[], true];
    else if (chunk.length > from) rest.push(chunk.subarray(from));
  }
  if (restBytes > 0) end(Buffer.alloc(0));
}

function openChunks(path: string, signal: AbortSignal): AsyncIterable<Buffer> {
  const file = addAbortSignal(signal, createReadStream(path));
  if (!path.endsWith(".gz")) return file;
  const unpacked = createGunzip();
  file.once("error", (error) => unpacked.destroy(error));
  return file.pipe(unpacked);
}
