import { type ChildProcess, fork, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RouterProgram, obtainRouter } from "../../../cli/launcher/obtain-router.ts";
import { freePorts } from "../../../core/free-ports.ts";

/** Something that forwards. */
export interface Front {
  readonly name: string;
  readonly port: number;
  /** CPU time of its process until now, milliseconds. */
  cpuMs(): number;
  end(): Promise<void>;
}

const TICKS_PER_SECOND = 100;
const OBTAIN_MS = 300_000;

export async function startScript(name: string, script: string, ...argv: readonly string[]): Promise<Front & { readonly ports: readonly number[] }> {
  const child = fork(fileURLToPath(new URL(`./${script}.mjs`, import.meta.url)), [...argv]);
  const ports = await new Promise<readonly number[]>((resolve, reject) => {
    child.once("message", (told) => resolve(told as readonly number[])).once("exit", (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return { name, port: ports[0] ?? 0, ports, cpuMs: () => cpuMs(child), end: () => ended(child) };
}

function cpuMs({ pid }: ChildProcess): number {
  // proc(5): fields after the name, which may hold blanks; the 14th and 15th are user and system time.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

type Configure = (port: number, upstream: number, folder: string) => string;

const NGINX: Configure = (port, upstream, folder) => `daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
upstream shop { server 127.0.0.1:${upstream}; keepalive 256; }
server { listen 127.0.0.1:${port}; keepalive_requests 1000000000; location / { proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } } }
`;
const HAPROXY: Configure = (port, upstream) => `global
  nbthread 1
defaults
  mode http
  option forwardfor
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen shop
  bind 127.0.0.1:${port}
  server one 127.0.0.1:${upstream}
`;

const INSTALLED: readonly { readonly name: RouterProgram; readonly configure: Configure; readonly argv: (file: string, folder: string) => readonly string[] }[] = [
  { name: "nginx", configure: NGINX, argv: (file, folder) => ["-p", folder, "-e", "stderr", "-c", file] },
  { name: "haproxy", configure: HAPROXY, argv: (file) => ["-f", file] },
];

/** Those of them that this machine has or can obtain, one thread each. */
export async function startInstalled(upstream: number): Promise<readonly Front[]> {
  const started = await Promise.all(INSTALLED.map(async ({ argv, configure, name }) => {
    const obtained = await obtainRouter(name, { env: process.env, report: (line) => console.error(line), signal: AbortSignal.timeout(OBTAIN_MS) });
    if (!obtained.ok) {
      console.error(`${name} is left out: ${obtained.fault}`);
      return [];
    }
    const folder = await mkdtemp(join(tmpdir(), `rollpin-bench-${name}-`));
    const [port = 0] = await freePorts(1);
    const file = join(folder, "conf");
    await writeFile(file, configure(port, upstream, folder));
    const child = spawn(obtained.value, argv(file, folder), { stdio: ["ignore", "ignore", "inherit"] });
    const front: Front = { name, port, cpuMs: () => cpuMs(child), end: () => ended(child).then(() => rm(folder, { recursive: true, force: true })) };
    return [front];
  }));
  return started.flat();
}
