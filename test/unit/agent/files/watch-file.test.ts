import { appendFile, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { watchFile } from "../../../../agent/files/watch-file.ts";
import { until } from "../../../support/until.ts";

let folder: string;
let ended: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-watch-"));
  ended = new AbortController();
});
afterEach(async () => {
  ended.abort();
  await rm(folder, { recursive: true, force: true });
});

async function watched(name: string) {
  let changes = 0;
  await watchFile(join(folder, name), () => {
    changes += 1;
  }, { signal: ended.signal, debounceMs: 10 });
  return async (what: string, change: () => Promise<unknown>): Promise<void> => {
    const before = changes;
    await change();
    await until(`${what} is noticed`, () => changes > before, { deadlineMs: 4_000 });
  };
}
const path = (...names: string[]): string => join(folder, ...names);

it("notices creation, writing, a rename over it, removal, and creation again", async () => {
  const notices = await watched("f");
  await notices("creation", () => writeFile(path("f"), "1"));
  await notices("writing", () => appendFile(path("f"), "2"));
  await writeFile(path("f.new"), "3");
  await notices("a rename", () => rename(path("f.new"), path("f")));
  await notices("removal", () => unlink(path("f")));
  await notices("creation again", () => writeFile(path("f"), "1"));
});

it("notices a swap of Kubernetes' link", async () => {
  await mkdir(path("..one"));
  await writeFile(path("..one", "f"), "1");
  await symlink("..one", path("..data"));
  await symlink("..data/f", path("f"));
  const notices = await watched("f");
  for (const next of ["..two", "..three"]) {
    await mkdir(path(next));
    await writeFile(path(next, "f"), next);
    await symlink(next, path("..data_tmp"));
    await notices(`the swap to ${next}`, () => rename(path("..data_tmp"), path("..data")));
  }
});

it("notices a file whose folders come later, go, and come again", async () => {
  const notices = await watched("a/b/f");
  for (const _ of [1, 2]) {
    await notices("folders and file", async () => {
      await mkdir(path("a", "b"), { recursive: true });
      await writeFile(path("a", "b", "f"), "1");
    });
    await notices("writing", () => appendFile(path("a", "b", "f"), "2"));
    await notices("the folders' removal", () => rm(path("a"), { recursive: true }));
  }
});

it("is not deaf after its folder was replaced in one go", async () => {
  await mkdir(path("a"));
  const notices = await watched("a/f");
  await notices("the replacement", async () => {
    await mkdir(path("b"));
    await writeFile(path("b", "f"), "1");
    await rename(path("a"), path("old"));
    await rename(path("b"), path("a"));
  });
  await notices("writing", () => appendFile(path("a", "f"), "2"));
});

it("says nothing of its neighbours, and nothing after the signal", async () => {
  let changes = 0;
  await writeFile(path("f"), "1");
  await watchFile(path("f"), () => {
    changes += 1;
  }, { signal: ended.signal, debounceMs: 10 });
  let neighbours = 0;
  await watchFile(path("neighbour"), () => {
    neighbours += 1;
  }, { signal: ended.signal, debounceMs: 10 });
  await writeFile(path("neighbour"), "1");
  await until("the neighbour's own watch has seen it", () => neighbours > 0);
  expect(changes).toBe(0);
});
