import { createReadStream } from "node:fs";
import { addAbortSignal } from "node:stream";
import { createGunzip } from "node:zlib";
import { type OnLine, splitLines } from "./split-lines.ts";

/** Reads a file, unpacked where it ends in `.gz`, chunk by chunk. Rejects where it can't be read to its end, after the lines before that. */
export async function readLines(path: string, onLine: OnLine, signal: AbortSignal): Promise<void> {
  const lines = splitLines(onLine);
  for await (const chunk of openChunks(path, signal)) lines.push(chunk);
  lines.end();
}

function openChunks(path: string, signal: AbortSignal): AsyncIterable<Buffer> {
  const file = addAbortSignal(signal, createReadStream(path));
  if (!path.endsWith(".gz")) return file;
  const unpacked = createGunzip();
  file.once("error", (error) => unpacked.destroy(error));
  return file.pipe(unpacked);
}
