import { type ChildProcess, spawn } from "node:child_process";
import { type Result, err, ok } from "../../core/model/result.ts";
import { configPath, readConfig } from "./config-file.ts";
import { TOKEN_VARIABLE } from "./environ-token.ts";
import { firstOf } from "./first-signal.ts";
import type { Ground } from "./ground.ts";
import { type ProcessIdentity, startTimeOf } from "./kernel-facts.ts";
import { type Invocation, type Launch, resolveInvocation } from "./launch.ts";
import { type Exit, type Live, createLive } from "./live.ts";
import { keepOutputSmall, openOutput, outputPath } from "./output.ts";
import { patchEntry } from "./process-record.ts";
import { fillIn } from "../../core/config/placeholders.ts";
import { messageOf } from "../../core/model/message-of.ts";

/**
 * Starts a process that outlives the agent: its own session, no stdin, output to a file. Its entry must be in the record
 * already, so that an agent that is killed in here leaves a token to find it by. What is put back serves rather without its
 * output than not at all.
 */
export async function startProcess(launch: Launch, ground: Ground, isPutBack: boolean): Promise<Result<Live, string>> {
  const { settings, folder } = ground.deps;
  const invocation = resolveInvocation(settings, folder, launch);
  if (!invocation.ok) return invocation;
  const output = await openOutput(outputPath(ground.folder, launch));
  if (!output.ok && !isPutBack) return output;
  if (!output.ok) ground.deps.log({ event: "output-lost", message: output.fault });
  const environment = await environmentFor(launch, ground);
  const spawned = await spawnDetached(invocation.value, environment, output.ok ? output.value.fd : "ignore");
  if (output.ok) await output.value.close();
  if (!spawned.ok) return err(`${invocation.value.program} could not be started in ${invocation.value.directory}: ${spawned.fault}; is it there, and may it be run?`);
  const live = createLive(launch, spawned.value, spawned.value.exited);
  watchOutput(live, ground);
  await ground.record.write(patchEntry(launch.token, { pid: live.pid, startTime: live.startTime }));
  ground.deps.log({ event: "started", version: launch.version, pid: live.pid, port: launch.port });
  return ok(live);
}

async function spawnDetached({ program, arguments: rest, directory }: Invocation, env: NodeJS.ProcessEnv, output: number | "ignore"): Promise<Result<Spawned, string>> {
  let child: ChildProcess;
  try {
    child = spawn(program, rest, { cwd: directory, env, detached: true, shell: false, stdio: ["ignore", output, output] });
  } catch (error) {
    return err(messageOf(error));
  }
  const { pid } = child;
  // Read before the event loop turns: until then even a process that is dead already is not reaped.
  const startTime = pid === undefined ? undefined : (startTimeOf(pid) ?? "gone");
  const failed = new Promise<Error>((resolve) => child.once("error", resolve));
  if (pid === undefined || startTime === undefined) return err((await failed).message);
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
  child.unref();
  return ok({ pid, startTime, exited });
}

interface Spawned extends ProcessIdentity {
  readonly exited: Promise<Exit>;
}

/** The file is kept small for as long as anything of the process may write to it. */
export function watchOutput(live: Live, ground: Ground): void {
  const { signal, release } = firstOf(live.gone, ground.closing);
  void keepOutputSmall(outputPath(ground.folder, live.launch), ground.deps.settings.outputBytes, ground.deps.clock, signal).then(release);
}

/** What is the agent's own business and never the service's: tokens, and what systemd tells its direct child. */
const WITHHELD = /^(CONSUL_|ROLLPIN_|NOTIFY_SOCKET$|WATCHDOG_|LISTEN_(PID|FDS|FDNAMES)$)/;

export async function environmentFor(launch: Launch, ground: Ground): Promise<NodeJS.ProcessEnv> {
  const { deps } = ground;
  const inherited = Object.entries(deps.environment).filter(([name]) => !WITHHELD.test(name));
  const port = launch.port === undefined ? {} : { port: String(launch.port) };
  const own = Object.entries(deps.settings.environment).map(([name, text]) => [name, fillIn(text, { version: launch.version, ...port })]);
  const config = await readConfig(ground.folder, launch.token);
  return {
    ...Object.fromEntries(inherited),
    ...(launch.port === undefined ? {} : { PORT: String(launch.port) }),
    ...Object.fromEntries(own),
    ROLLPIN_SERVICE: deps.service,
    ROLLPIN_INSTANCE: deps.instance,
    ROLLPIN_VERSION: launch.version,
    ROLLPIN_REVISION: String(launch.revision),
    ...(config === undefined ? {} : { ROLLPIN_CONFIG_FILE: configPath(ground.folder, launch.token) }),
    [TOKEN_VARIABLE]: launch.token,
  };
}
