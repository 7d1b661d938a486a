/** A real HAProxy on this machine, for the agent that steers it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { obtainRouter } from "../../cli/launcher/obtain-router.ts";
import { freePorts } from "../../core/free-ports.ts";
import { type Result, ok } from "../../core/model/result.ts";
import { endChild } from "./end-child.ts";
import type { OpenedRouter, RouterWanted } from "./opened-router.ts";

const STOP_LIMIT_MS = 10_000;

/** It has no port yet: its agent writes that for it, and has it read anew. */
export async function startHaproxy({ env, folder, report, signal, sources }: RouterWanted): Promise<Result<OpenedRouter, string>> {
  const program = await obtainRouter("haproxy", { env, report, signal });
  if (!program.ok) return program;
  const place = join(folder, "haproxy");
  const [config, part, socket, pidFile] = [join(place, "haproxy.cfg"), join(place, "rollpin"), join(place, "run.sock"), join(place, "haproxy.pid")];
  await mkdir(part, { recursive: true });
  await writeFile(config, (await readFile(join(sources, "haproxy.cfg"), "utf8")).replace("stats socket run.sock", `stats socket ${socket}`));
  const files = ["-f", config, "-f", part];
  const child = await launch(program.value, ["-W", "-db", ...files], place);
  const pids = child.pid === undefined ? [] : [child.pid];
  await writeFile(pidFile, pids.join(""));
  const [port] = await freePorts(1);
  const own = { listen: `127.0.0.1:${port}`, socket, folder: part, check: [program.value, "-c", ...files], reload: ["sh", "-c", `kill -USR2 "$(cat '${pidFile}')"`] };
  // On SIGTERM its master ends the workers, former ones too.
  return ok({ what: "one that steers a real HAProxy", entry: { file: "haproxy.yaml", own }, pids, stop: () => endChild(child, "SIGTERM", STOP_LIMIT_MS) });
}

/** In a process group of its own: Ctrl-C in the terminal is for the demo, which stops things in their order. */
async function launch(program: string, words: readonly string[], place: string): Promise<ChildProcess> {
  const output = await open(join(place, "haproxy.log"), "a");
  const child = spawn(program, words, { cwd: place, detached: true, stdio: ["ignore", output.fd, output.fd] });
  await Promise.all([once(child, "spawn"), output.close()]);
  return child;
}
