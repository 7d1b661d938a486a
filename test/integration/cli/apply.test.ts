/** A plan that a dry run printed, done exactly, at a real Consul. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import type { Ran } from "../../support/rollpin.ts";
import { expectExit, flat } from "../stories/story.ts";

describe("rollpin apply", { timeout: 120_000 }, () => {
  let consul: ConsulServer;
  let folder: string;
  beforeAll(async () => {
    [consul, folder] = await Promise.all([startConsul(), mkdtemp(join(tmpdir(), "rollpin-apply-"))]);
    for (const version of ["1.0.0", "2.0.0", "3.0.0"]) await run(0, "release", "register", "shop", version);
    await run(0, "pin", "shop", "1.0.0", "--yes", "--no-wait");
  }, 120_000);
  afterAll(() => Promise.all([consul.stop(), rm(folder, { recursive: true, force: true })]));

  /** As on one machine, on which nobody else plans. */
  const run = (code: number, ...words: readonly string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address, environment: { XDG_STATE_HOME: folder } });
  const pin = (): Promise<string | undefined> => consul.kv.get("rollpin/desired/shop/pin");
  const fingerprintOf = ({ stdout }: Ran): string => /"rollpin apply ([0-9a-f]+)" does exactly this/.exec(flat(stdout))?.[1] ?? "none";
  const fileOf = async (name: string, ...words: readonly string[]): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, (await run(0, ...words, "--dry-run", "-o", "json")).stdout);
    return path;
  };

  it("does what a fingerprint names, once", async () => {
    const fingerprint = fingerprintOf(await run(0, "pin", "shop", "2.0.0", "--dry-run"));
    expect(await pin()).toBe("1.0.0");
    await run(0, "apply", fingerprint, "--yes", "--no-wait");
    expect(await pin()).toBe("2.0.0");
    expect((await run(4, "apply", fingerprint, "--yes", "--no-wait")).stderr).toContain("rollpin/desired/shop/head is at index");
    expect(await pin()).toBe("2.0.0");
  });

  it("does what a file says, a rollback with its verdict too", async () => {
    const path = await fileOf("back.json", "rollback", "shop");
    await run(0, "apply", path, "--yes", "--no-wait");
    expect(await pin()).toBe("1.0.0");
    expect(JSON.parse((await consul.kv.get("rollpin/verdicts/shop/2.0.0")) ?? "{}")).toMatchObject({ verdict: "condemned" });
  });

  it("ends with exit 4 where a hand was there meanwhile, and says so", async () => {
    const path = await fileOf("late.json", "pin", "shop", "3.0.0");
    await consul.kv.put("rollpin/desired/shop/config", "a: 1\n");
    expect(flat((await run(4, "apply", path, "--yes", "--no-wait")).stderr)).toMatch(/can't be applied any more/);
    expect(await pin()).toBe("1.0.0");
  });

  it("refuses a file that was edited", async () => {
    const path = await fileOf("edited.json", "pin", "shop", "3.0.0");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"after": "3.0.0"', '"after": "2.0.0"'));
    expect(await readFile(path, "utf8")).not.toBe(text);
    expect(flat((await run(2, "apply", path, "--yes", "--no-wait")).stderr)).toContain("was edited after it was printed");
    expect(await pin()).toBe("1.0.0");
  });
});
