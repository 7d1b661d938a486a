/**
 * Takes one file out of a zip in memory, by its central directory (PKWARE APPNOTE 4.3.12 and 4.3.16): stored or
 * deflated, no zip64, no encryption; that is what the release archives are. Names in the archive never become paths.
 */
import { crc32, inflateRawSync } from "node:zlib";
import { messageOf } from "../../core/model/message-of.ts";
import { type Result, err, ok } from "../../core/model/result.ts";

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const END_SIZE = 22;
const MAX_COMMENT = 0xffff;

export function unzipOne(zip: Buffer, name: string, maxBytes: number): Result<Buffer, string> {
  try {
    return extract(zip, name, maxBytes);
  } catch (cause) {
    // Offsets that point outside, or deflated data that isn't.
    return err(`the zip is broken: ${messageOf(cause)}`);
  }
}

function extract(zip: Buffer, name: string, maxBytes: number): Result<Buffer, string> {
  const end = findEnd(zip);
  if (end === undefined) return err("the zip is cut off: it has no directory");
  let at = zip.readUInt32LE(end + 16);
  const names: string[] = [];
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) return err("the zip's directory is broken");
    const nameLength = zip.readUInt16LE(at + 28);
    const entry = zip.toString("utf8", at + 46, at + 46 + nameLength);
    if (entry === name) return inflate(zip, at, name, maxBytes);
    names.push(entry);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return err(`the zip has no ${name}, only ${JSON.stringify(names.slice(0, 10))}`);
}

function inflate(zip: Buffer, entry: number, name: string, maxBytes: number): Result<Buffer, string> {
  const method = zip.readUInt16LE(entry + 10);
  const packed = zip.readUInt32LE(entry + 20);
  const size = zip.readUInt32LE(entry + 24);
  const local = zip.readUInt32LE(entry + 42);
  if (size > maxBytes) return err(`${name} in the zip is ${size} bytes, more than the ${maxBytes} that are taken`);
  if (method !== 0 && method !== 8) return err(`${name} in the zip is packed in a way (${method}) that is not read here`);
  if (zip.readUInt32LE(local) !== LOCAL_HEADER) return err(`${name} is not where the zip's directory says`);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const data = zip.subarray(start, start + packed);
  const content = method === 0 ? data : inflateRawSync(data, { maxOutputLength: Math.max(size, 1) });
  if (content.length !== size) return err(`${name} in the zip has ${content.length} bytes of ${size}`);
  if (crc32(content) !== zip.readUInt32LE(entry + 16)) return err(`${name} in the zip is damaged: its check sum differs`);
  return ok(content);
}

/** The record stands at the end, before a comment of any length. */
function findEnd(zip: Buffer): number | undefined {
  for (let at = zip.length - END_SIZE; at >= Math.max(0, zip.length - END_SIZE - MAX_COMMENT); at -= 1) {
    if (zip.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  return undefined;
}
