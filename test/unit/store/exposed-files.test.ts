import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findExposedFiles } from "../../../core/store/consul/exposed-files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-exposed-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  [0o600, 0],
  [0o400, 0],
  [0o640, 0],
  [0o644, 1],
  [0o604, 1],
  [0o660, 1],
  [0o602, 1],
])("a file with mode %o is told %s times", async (mode, times) => {
  const path = join(folder, "secret");
  await writeFile(path, "");
  await chmod(path, mode);
  const sentence = (what: string): string => expect.stringMatching(new RegExp(`^the ${what} ${path} can be read or written by others \\(mode 0.*run "chmod 0600 ${path}"`)) as string;
  expect(await findExposedFiles({ tokenFile: path, tls: { verify: true } })).toEqual(Array.from({ length: times }, () => sentence("Consul token file")));
  expect(await findExposedFiles({ tls: { verify: true, certFile: path, keyFile: path } })).toEqual(Array.from({ length: times }, () => sentence("client key")));
});

it("says nothing where there is none", async () => {
  expect(await findExposedFiles({ tls: { verify: true } })).toEqual([]);
  expect(await findExposedFiles({ tokenFile: join(folder, "missing"), tls: { verify: true } })).toEqual([]);
});
