/**
 * HashiCorp's release for this platform. The zip must have the checksum that the release's own SHA256SUMS names: that
 * finds what was cut off or mixed up, while the word of the host itself rests on TLS.
 */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Result, err, ok } from "../../core/model/result.ts";
import { binaryOf } from "./cache-folder.ts";
import { type DownloadBounds, download } from "./download.ts";
import type { Obtained } from "./install.ts";
import { unzipOne } from "./unzip.ts";

export const RELEASE_VERSION = "1.21.5";
export const RELEASE_HOST = "https://releases.hashicorp.com";

const MEBIBYTE = 1 << 20;
const BOUNDS: DownloadBounds = { maxBytes: 256 * MEBIBYTE, connectMs: 5_000, silenceMs: 15_000 };
const MAX_SUMS_BYTES = 64 << 10;
const MAX_BINARY_BYTES = 512 * MEBIBYTE;
const REPORT_EVERY = 0.25;

const OPERATING_SYSTEMS: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin", freebsd: "freebsd", win32: "windows" };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", ia32: "386", arm: "arm" };

export interface ReleaseSource {
  readonly fetch: typeof fetch;
  /** `https://releases.hashicorp.com` unless a test says otherwise. */
  readonly host: string;
  readonly platform: string;
  readonly arch: string;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  readonly bounds?: Partial<DownloadBounds>;
}

export async function obtainFromRelease(workplace: string, source: ReleaseSource): Promise<Result<Obtained, string>> {
  const os = OPERATING_SYSTEMS[source.platform];
  const arch = ARCHITECTURES[source.arch];
  if (os === undefined || arch === undefined) return err(`HashiCorp has no release for ${source.platform} on ${source.arch}`);
  const name = `consul_${RELEASE_VERSION}_${os}_${arch}.zip`;
  const base = `${source.host}/consul/${RELEASE_VERSION}`;
  const wanted = { ...BOUNDS, ...source.bounds, fetch: source.fetch, signal: source.signal };

  const sums = await download(`${base}/consul_${RELEASE_VERSION}_SHA256SUMS`, { ...wanted, maxBytes: MAX_SUMS_BYTES });
  if (!sums.ok) return sums;
  const expected = checksumOf(sums.value.toString(), name);
  if (expected === undefined) return err(`${base} names no checksum for ${name}`);

  source.report(`obtaining Consul ${RELEASE_VERSION} from ${source.host} …`);
  const zip = await download(`${base}/${name}`, { ...wanted, progress: quarters(source.report) });
  if (!zip.ok) return zip;
  const actual = createHash("sha256").update(zip.value).digest("hex");
  if (actual !== expected) return err(`${name} has the checksum ${actual}, not ${expected} as ${base} says: it is damaged or not what it claims, and was thrown away`);

  const binary = binaryOf("consul");
  const unzipped = unzipOne(zip.value, binary, MAX_BINARY_BYTES);
  if (!unzipped.ok) return unzipped;
  const folder = join(workplace, "unzipped");
  await mkdir(folder);
  await writeFile(join(folder, binary), unzipped.value);
  return ok({ version: RELEASE_VERSION, folder, binary });
}

function checksumOf(sums: string, name: string): string | undefined {
  for (const line of sums.split("\n")) {
    const [, checksum, file] = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line.trim()) ?? [];
    if (file === name) return checksum;
  }
  return undefined;
}

/** A line at each quarter, for whoever waits. */
function quarters(report: (line: string) => void): (received: number, total: number | undefined) => void {
  let next = REPORT_EVERY;
  return (received, total) => {
    if (total === undefined || received < total * next) return;
    report(`obtaining Consul: ${Math.floor(received / MEBIBYTE)} of ${Math.ceil(total / MEBIBYTE)} MiB`);
    while (received >= total * next) next += REPORT_EVERY;
  };
}
