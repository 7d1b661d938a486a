/** The real program, as a user runs it: agents as child processes of the bundle, CLI calls by its main in the test's own process. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, open, readFile, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { AgentState } from "../../agent/local-http/state.ts";
import type { Surroundings } from "../../cli/main.ts";
import { until } from "./until.ts";

const OTHER_BIN = process.env["ROLLPIN_TEST_BIN"];
const BIN = OTHER_BIN ?? fileURLToPath(new URL("../../dist/rollpin.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly consul: string;
  readonly token?: string | undefined;
  /** More of the environment, such as CONSUL_CACERT. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Ends the child with SIGKILL when it fires. */
  readonly kill?: AbortSignal | undefined;
}

/**
 * `rollpin <words>` to its end: the bundled CLI's main with streams of its own, in this process, for a start of Node costs
 * more than most verbs. What is to be killed, the agent's main and another bundle run as a child.
 */
export async function rollpin(words: readonly string[], options: RunOptions): Promise<Ran> {
  const { kill } = options;
  if (words[0] !== "agent" && kill === undefined && OTHER_BIN === undefined) return ranHere(words, environment(options));
  const child = spawn(process.execPath, [BIN, ...words], { env: environment(options), stdio: ["ignore", "pipe", "pipe"] });
  kill?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  const [stdout, stderr] = await Promise.all([gather(child.stdout), gather(child.stderr), ended(child)]);
  return { code: child.exitCode, stdout, stderr };
}

async function ranHere(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const { main } = createRequire(import.meta.url)(join(dirname(BIN), "cli.cjs")) as typeof import("../../cli/main.ts");
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const surroundings: Surroundings = { env, stdin: Readable.from([]), stdout, stderr, once: () => undefined, exitCode: undefined };
  await main(words, surroundings);
  return { code: Number(surroundings.exitCode ?? 0), stdout: await gather(stdout.end()), stderr: await gather(stderr.end()) };
}

export interface AgentOptions extends Omit<RunOptions, "kill"> {
  readonly service: string;
  readonly instance?: string | undefined;
  /** Release name to the service program in test/support/services, or source text of one. */
  readonly releases: Readonly<Record<string, string>>;
  /** Files that stand in its folder before it starts. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** Lines of the agent's file after service, instance, listen and releases. */
  readonly yaml?: string | undefined;
}

export interface TestAgent {
  readonly instance: string;
  readonly folder: string;
  readonly pid: () => number;
  /** From the agent's own local HTTP. */
  state(): Promise<AgentState>;
  log(): Promise<string>;
  /** SIGKILL to the agent, or another signal that it can't outlive; what it runs lives on. */
  kill(signal?: "SIGABRT" | "SIGKILL" | "SIGSEGV"): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<number | null>;
  /** SIGHUP. */
  reload(): void;
  /** SIGUSR2, and waits until another agent holds the state folder and this one has gone. */
  upgrade(): Promise<void>;
  addRelease(version: string, program: string): Promise<void>;
  /** Ends everything that was started, the service too, and removes the folder. */
  remove(): Promise<void>;
}

const SERVICES = fileURLToPath(new URL("./services/", import.meta.url));

/** The source of a release: one of test/support/services with more in its environment. */
export function withEnvironment(program: string, variables: Readonly<Record<string, string>>): string {
  return `Object.assign(process.env, ${JSON.stringify(variables)});\nawait import(${JSON.stringify(join(SERVICES, program))});\n`;
}

/** A short path: a unix socket's is limited. Ready when its local HTTP answers. */
export async function startAgent(options: AgentOptions): Promise<TestAgent> {
  const folder = await mkdtemp(join(tmpdir(), "rp-"));
  const instance = options.instance ?? `${options.service}-1`;
  const socket = join(folder, "a.sock");
  const addRelease = async (version: string, program: string): Promise<void> => {
    await mkdir(join(folder, "releases", version), { recursive: true });
    await writeFile(join(folder, "releases", version, "server.js"), program.endsWith(".js") ? `await import(${JSON.stringify(join(SERVICES, program))});\n` : program);
    await writeFile(join(folder, "releases", version, "package.json"), '{"type":"module"}');
  };
  for (const [version, program] of Object.entries(options.releases)) await addRelease(version, program);
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text);
  await writeFile(join(folder, "rollpin.yaml"), agentFile(options, instance, socket));
  let child: ChildProcess | undefined;
  /** The agent that took over from `child`, or from another before it. */
  let successor: number | undefined;
  const pid = (): number => successor ?? child?.pid ?? -1;
  const start = async (): Promise<void> => {
    const log = await open(join(folder, "agent.log"), "a");
    successor = undefined;
    child = spawn(process.execPath, [BIN, "agent", "-c", join(folder, "rollpin.yaml")], { env: environment(options), stdio: ["ignore", log.fd, log.fd] });
    await log.close();
    await until(`${instance} answers on its socket`, () => stateOf(socket));
  };
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (successor !== undefined) {
      const last = successor;
      process.kill(last, signal);
      await until(`agent ${last} has gone`, () => isGone(last));
      return null;
    }
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = ended(child);
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  await start();
  return {
    instance,
    folder,
    pid,
    state: () => stateOf(socket),
    log: () => readFile(join(folder, "agent.log"), "utf8"),
    kill: async (signal = "SIGKILL") => void (await end(signal)),
    start,
    stop: () => end("SIGTERM"),
    reload: () => void process.kill(pid(), "SIGHUP"),
    async upgrade() {
      const former = pid();
      process.kill(former, "SIGUSR2");
      await until(`agent ${former} has handed over and gone`, async () => {
        const owner = JSON.parse(await readFile(join(folder, "rollpin-state", "agent.lock"), "utf8")) as { readonly pid: number };
        if (owner.pid !== former) successor = owner.pid;
        return owner.pid !== former && isGone(former);
      }, { deadlineMs: 60_000 });
    },
    addRelease,
    async remove() {
      await end("SIGKILL").catch(() => undefined);
      await killUnder(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function agentFile({ service, yaml }: AgentOptions, instance: string, socket: string): string {
  const appliers = `
appliers:
  - process:
      command: [node, "./releases/{{version}}/server.js", "{{port}}"]
      ready: { tcp: true }
      readyTimeout: 5s
      drain: 50ms
      stopGrace: 1s
`;
  return `service: ${service}\ninstance: ${instance}\nlisten: unix:${socket}\nreleases: { artifacts: "./releases/{{version}}" }\n${yaml ?? appliers}`;
}

/** Only what a fresh shell would have: no CONSUL_ variable of whoever runs the tests. */
function environment({ consul, environment: more, token }: Omit<RunOptions, "kill">): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CONSUL_") && !name.startsWith("VITEST")));
  return { ...inherited, CONSUL_HTTP_ADDR: consul, ...(token === undefined ? {} : { CONSUL_HTTP_TOKEN: token }), ...more };
}

function stateOf(socketPath: string): Promise<AgentState> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: "/v1/state", headers: { host: "localhost" }, timeout: 2_000 }, (response) => {
      gather(response).then((text) => resolve(JSON.parse(text) as AgentState), reject);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", reject);
    asked.end();
  });
}

async function gather(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
  });
}

/** Every process whose command line or folder lies below `folder`. */
export async function pidsUnder(folder: string): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
      return command !== "" && (command.includes(folder) || cwd.startsWith(folder)) ? [pid] : [];
    }),
  );
  return found.flat();
}

/** A child of another that nobody has reaped counts as gone. */
export async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat === "" || /\) [ZX] /.test(stat);
}

async function killUnder(folder: string): Promise<void> {
  await until(`nothing runs below ${folder}`, async () => {
    const pids = await pidsUnder(folder);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    return pids.length === 0;
  });
}
