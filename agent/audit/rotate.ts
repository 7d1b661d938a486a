/** `audit.jsonl` becomes `audit.jsonl.1`, that `.2`, and so on; packed ones keep their `.gz`. What is numbered beyond `keep` goes. */
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { listRotated } from "../../core/operations/audit/find-files.ts";

/** Throws what the file system throws; what was moved by then stays moved, and the next time goes on from there. */
export async function rotate(path: string, keep: number): Promise<void> {
  for (const { age, isPacked, path: found } of await listRotated(path)) {
    if (age >= keep) await rm(found, { force: true });
    else await rename(found, `${path}.${age + 1}${isPacked ? ".gz" : ""}`);
  }
}

const PART = ".part";

/** Packs those that aren't. Each is on the disk before the one that it was made of goes. */
export async function packRotated(path: string, signal: AbortSignal): Promise<void> {
  for (const { age, isPacked, path: plain } of await listRotated(path)) {
    if (age === 0 || isPacked) continue;
    const part = `${plain}${PART}`;
    await rm(part, { force: true });
    try {
      await pipeline(createReadStream(plain), createGzip(), createWriteStream(part, { flags: "wx", mode: 0o600, flush: true }), { signal });
      await rename(part, `${plain}.gz`);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    await rm(plain, { force: true });
  }
}
