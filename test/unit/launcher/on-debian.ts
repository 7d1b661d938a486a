import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";

/** For each test of a file a folder of its own that calls itself Debian 12, where programs are shell scripts. */
export function onDebian() {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollpin-obtain-"));
    await writeFile(join(folder, "os-release"), "ID=debian\nVERSION_CODENAME=bookworm\n");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const at = (...parts: readonly string[]): string => join(folder, ...parts);
  return {
    at,
    /** Answers where it is. */
    script: async (path: string, text = ""): Promise<string> => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `#!/bin/sh\n${text}`);
      await chmod(path, 0o755);
      return path;
    },
    /** What is obtained with that PATH. */
    wanted: (path: string, report: (line: string) => void = () => undefined) => ({ env: { PATH: path }, report, signal: new AbortController().signal, osRelease: at("os-release"), cacheDir: at("cache") }),
  };
}
