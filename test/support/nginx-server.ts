/** A real nginx on loopback, with the example's configuration and script, and the template that is to be its own part. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { freePorts } from "../../core/free-ports.ts";
import { createProgramGroup } from "./program-group.ts";
import { until } from "./until.ts";

export interface NginxServer {
  /** What rollpin's router is told, of examples/nginx. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of examples/nginx, copied: what the settings are relative to. */
  readonly folder: string;
  /** What the template makes. */
  readonly target: string;
  readonly port: number;
  /** With what stands in its files now. */
  start(): Promise<void>;
  /** SIGKILL, to master and workers. */
  kill(): Promise<void>;
  readonly output: () => string;
  remove(): Promise<void>;
}

/** Undefined where none could be obtained: `describe.skipIf`. */
export const nginxProgram = process.env["ROLLPIN_TEST_NGINX"];

export const WORKERS = 2;

/** From the root: benches are bundled elsewhere. */
const EXAMPLE = new URL("examples/nginx/", `file://${process.cwd()}/`);

/** Not started yet. */
export async function createNginx(): Promise<NginxServer> {
  const program = nginxProgram;
  if (program === undefined) throw new Error("ROLLPIN_TEST_NGINX is not set: run this under vitest's integration project, whose globalSetup sets it");
  const folder = await mkdtemp(join(tmpdir(), "rpn-"));
  const [port = 0] = await freePorts(1);
  const [conf, part, pidFile] = ["nginx.conf", "rollpin", "nginx.pid"].map((name) => join(folder, name)) as [string, string, string];
  await mkdir(part);
  for (const name of ["upstream.conf.liquid", "nginx.sh"]) await copyFile(new URL(name, EXAMPLE), join(folder, name));
  await writeFile(conf, await ownConfig(folder, part, pidFile));
  const target = join(part, "checkout.conf");
  const { routers } = parse(await readFile(new URL("rollpin.yaml", EXAMPLE), "utf8")) as { readonly routers: readonly object[] };
  const script = ["env", `NGINX_PROGRAM=${program}`, `NGINX_CONF=${conf}`, `NGINX_PID=${pidFile}`, join(folder, "nginx.sh")];
  const group = createProgramGroup();
  return {
    settings: { ...routers[0], listen: `127.0.0.1:${port}`, source: join(folder, "upstream.conf.liquid"), target, log: join(folder, "answers.log"), check: [...script, "check", "{{candidate}}"], reload: [...script, "reload"], drained: [...script, "drained"] },
    folder,
    target,
    port,
    output: group.output,
    async start() {
      // A killed one leaves it, and the next can't listen there.
      await rm(join(folder, "ready.sock"), { force: true });
      const started = group.start(program, ["-c", conf, "-g", "daemon off;"]);
      await until(`nginx is ready: ${group.output()}`, async () => (await readFile(pidFile, "utf8").catch(() => "")).trim() === String(started.pid) && isListening(join(folder, "ready.sock")));
    },
    kill: group.kill,
    async remove() {
      await group.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The example's, in a folder of its own, with a socket that says whether workers run. */
async function ownConfig(folder: string, part: string, pidFile: string): Promise<string> {
  const example = await readFile(new URL("nginx.conf", EXAMPLE), "utf8");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `  ${kind}_temp_path ${join(folder, kind)};\n`).join("");
  const own = `  access_log off;\n${paths}  server {\n    listen unix:${join(folder, "ready.sock")};\n  }\n`;
  return `error_log stderr notice;\n${example}`.replace("/run/nginx.pid", pidFile).replace("/etc/nginx/rollpin", part).replace("worker_processes auto", `worker_processes ${WORKERS}`).replace("http {\n", `http {\n${own}`);
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("error", () => resolve(false)).once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
