/** The bundle as a user runs it, made for this test run, so that no stale dist/ is tested. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface Bundle {
  readonly bin: string;
  remove(): Promise<void>;
}

export async function buildBundle(): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "rollpin-bundle-"));
  const script = fileURLToPath(new URL("../../../scripts/build.js", import.meta.url));
  await promisify(execFile)(process.execPath, [script, join(folder, "dist")]);
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  return { bin: join(folder, "dist", "rollpin.js"), remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface Running {
  readonly child: ChildProcess;
  readonly seen: { stdout: string; stderr: string };
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

export function start(command: string, argv: readonly string[], env: Readonly<Record<string, string>>, stdin = ""): Running {
  const { PATH = "" } = process.env;
  const child = spawn(command, argv, { env: { PATH, USER: "jo", ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const seen = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (seen.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (seen.stderr += chunk.toString()));
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  const ended = new Promise<Awaited<Running["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...seen }));
  });
  return { child, seen, ended };
}
