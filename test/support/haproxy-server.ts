/** A real HAProxy on loopback, with a configuration of its own into which rollpin's part is taken. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../core/free-ports.ts";
import { createProgramGroup } from "./program-group.ts";
import { until } from "./until.ts";

export interface HaproxyServer {
  /** What rollpin's router is told: relative to nothing. */
  readonly settings: { readonly listen: string; readonly socket: string; readonly folder: string };
  readonly port: number;
  /** The master's. */
  readonly pid: () => number;
  /** With what stands in its files now. */
  start(): Promise<void>;
  /** SIGKILL, to master and worker. */
  kill(): Promise<void>;
  /** `check` and `reload` of the router. */
  readonly check: readonly string[];
  readonly reload: readonly string[];
  readonly output: () => string;
  remove(): Promise<void>;
}

/** Benches are bundled elsewhere. */
const ROOT = `file://${process.cwd()}/`;

/** Undefined where none could be obtained: `describe.skipIf`. */
export const haproxyProgram = process.env["ROLLPIN_TEST_HAPROXY"];

/** Not started yet. */
export async function createHaproxy(): Promise<HaproxyServer> {
  const program = haproxyProgram;
  if (program === undefined) throw new Error("ROLLPIN_TEST_HAPROXY is not set: run this under vitest's integration project, whose globalSetup sets it");
  const folder = await mkdtemp(join(tmpdir(), "rph-"));
  const [port = 0] = await freePorts(1);
  const [config, part, socket, pidFile] = ["haproxy.cfg", "rollpin", "run.sock", "pid"].map((name) => join(folder, name)) as [string, string, string, string];
  await mkdir(part);
  const example = await readFile(new URL("examples/haproxy/haproxy.cfg", ROOT), "utf8");
  await writeFile(config, `${example.replace("/run/haproxy/admin.sock", socket)}  nbthread 2\n`);
  const files = ["-f", config, "-f", part];
  const group = createProgramGroup();
  return {
    settings: { listen: `127.0.0.1:${port}`, socket, folder: part },
    port,
    pid: () => group.pid() ?? 0,
    check: [program, "-c", ...files],
    // The master starts a new worker and lets the former one end what it has.
    reload: ["sh", "-c", `kill -USR2 "$(cat ${pidFile})"`],
    output: group.output,
    async start() {
      const started = group.start(program, ["-W", "-db", "-p", pidFile, ...files]);
      await writeFile(pidFile, String(started.pid));
      await until(`HAProxy is ready: ${group.output()}`, () => isAnswering(socket));
    },
    kill: group.kill,
    async remove() {
      await group.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isAnswering(path: string): Promise<boolean> {
  const { systemClock } = await import("../../core/clock.ts");
  const { openRuntimeSocket } = await import("../../agent/haproxy/runtime-socket.ts");
  const answer = await openRuntimeSocket(path, systemClock).ask("show info");
  return answer.ok && answer.value.startsWith("Name: HAProxy");
}
