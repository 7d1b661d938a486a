import { createHash } from "node:crypto";
import { type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { RELEASE_VERSION } from "../../../cli/launcher/from-release.ts";
import { makeZip } from "./make-zip.ts";

/** Answers `consul version` as Consul does, and nothing else. */
export const FAKE_CONSUL = Buffer.from(`#!/bin/sh\necho "Consul v${RELEASE_VERSION}"\n`);
export const ZIP_NAME = `consul_${RELEASE_VERSION}_linux_amd64.zip`;
const SUMS_NAME = `consul_${RELEASE_VERSION}_SHA256SUMS`;

export interface ReleaseHost {
  readonly url: string;
  /** Paths in the order they were asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export interface ReleaseHostFaults {
  readonly zip?: Buffer;
  readonly sums?: string;
  /** Instead of the usual answer to the zip. */
  readonly answerZip?: (response: ServerResponse, zip: Buffer) => void;
  /** Instead of the usual answer to the checksums. */
  readonly answerSums?: (response: ServerResponse) => void;
}

/** Stands in for the release page, on loopback. */
export async function releaseHost(faults: ReleaseHostFaults = {}): Promise<ReleaseHost> {
  const good = makeZip("consul", FAKE_CONSUL);
  const zip = faults.zip ?? good;
  const sums = faults.sums ?? `${"0".repeat(64)}  consul_${RELEASE_VERSION}_darwin_amd64.zip\n${createHash("sha256").update(good).digest("hex")}  ${ZIP_NAME}\n`;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    if (path === `/consul/${RELEASE_VERSION}/${SUMS_NAME}`) return faults.answerSums === undefined ? response.end(sums) : faults.answerSums(response);
    if (path === `/consul/${RELEASE_VERSION}/${ZIP_NAME}`) return faults.answerZip === undefined ? response.end(zip) : faults.answerZip(response, zip);
    response.statusCode = 404;
    return response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
