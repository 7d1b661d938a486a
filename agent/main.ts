/** `rollpin agent`: reads the environment, builds, listens to signals, ends. Everything else is told what it needs. */
import { randomInt } from "node:crypto";
import { hostname } from "node:os";
import { type AgentArguments, USAGE, parseAgentArguments } from "./arguments.ts";
import { EXIT } from "./exit.ts";
import type { GuardOnlyDeps } from "./guard/guard-only.ts";
import { watchCrashes } from "./crash.ts";
import { CREDENTIALS } from "./appliers/run-command.ts";
import { prepareStateFolder } from "./files/state-folder.ts";
import { lockState } from "./files/state-lock.ts";
import { keepMemorySmall } from "./keep-memory-small.ts";
import { keepAudit } from "./audit/keep-audit.ts";
import { keepInbound } from "./inbound/keep-inbound.ts";
import { type Signals, live } from "./live.ts";
import { LOCAL_PIN_USAGE, LOCAL_PIN_VERBS, asksForJson, parseLocalPinArguments } from "./local-pin/arguments.ts";
import type { Printed } from "./local-pin/print-ended.ts";
import { type LoadedFile, loadAgentFile } from "./load-file.ts";
import { createLogger } from "./log.ts";
import type { Surroundings } from "./incarnation.ts";
import { keepRouters } from "./routers/keep-routers.ts";
import { inheritedSockets } from "./upgrade/inherited-sockets.ts";
import { type Predecessor, findPredecessor } from "./upgrade/predecessor.ts";
import { systemClock } from "../core/clock.ts";

declare const ROLLPIN_VERSION: string | undefined;

export async function main(argv: readonly string[], process: NodeJS.Process): Promise<void> {
  if (LOCAL_PIN_VERBS.includes(argv[0])) return await pinLocally(argv, process);
  const args = parseAgentArguments(argv);
  if (!args.ok) return end(process, EXIT.usage, [args.fault, USAGE]);
  if (args.value.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (args.value.guardOnly) return await guardOnly(args.value, process);
  const loaded = await loadAgentFile(args.value.file);
  if (!loaded.ok) return end(process, EXIT.usage, loaded.fault);
  if (args.value.check) {
    process.stdout.write(`${args.value.file} is good: ${loaded.value.file.service}, track ${loaded.value.file.track}, actuator ${loaded.value.file.actuator}\n`);
    return;
  }
  const predecessor = findPredecessor(process);
  if (predecessor !== undefined && !(await predecessor.awaitTurn())) return end(process, EXIT.fault, [`the agent that started this one (pid ${predecessor.pid}) ended before it had handed over; start the agent anew`]);
  await runLocked(loaded.value, args.value, process, predecessor);
}

/** A person at this host's console; what that needs is loaded for nobody else. */
async function pinLocally(argv: readonly string[], process: NodeJS.Process): Promise<void> {
  const { printEnded, printError } = await import("./local-pin/print-ended.ts");
  const print = (code: number, { stderr, stdout }: Printed): void => {
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = code;
  };
  const args = parseLocalPinArguments(argv);
  if (!args.ok && asksForJson(argv)) return print(EXIT.usage, printError(EXIT.usage, args.fault));
  if (!args.ok) return end(process, EXIT.usage, [args.fault, LOCAL_PIN_USAGE]);
  if (args.value.help) return print(EXIT.done, { stdout: `${LOCAL_PIN_USAGE}\n`, stderr: "" });
  const loaded = await loadAgentFile(args.value.file);
  if (!loaded.ok && args.value.output === "json") return print(EXIT.usage, printError(EXIT.usage, loaded.fault.join("\n")));
  if (!loaded.ok) return end(process, EXIT.usage, loaded.fault);
  const { instanceOf, runLocalPin } = await import("./local-pin/command.ts");
  const { operatorOf } = await import("../core/config/operator.ts");
  const wake = (pid: number): void => void process.kill(pid, "SIGHUP");
  const ended = await runLocalPin(args.value, { loaded: loaded.value, by: operatorOf(process.env), clock: systemClock, signal: signalsOf(process).stop, wake });
  print(ended.code, printEnded(ended, args.value, instanceOf(loaded.value)));
}

/** Nothing of it is loaded for agents with an instance. */
async function guardOnly({ check, consul, file }: AgentArguments, process: NodeJS.Process): Promise<void> {
  const { checkGuardFile, guardOnly: run } = await import("./guard/guard-only.ts");
  const signals = signalsOf(process);
  const env = takeEnvironment(process);
  const crashes = watchCrashes(process, createLogger({ level: "info", base: {} }), env);
  const deps: GuardOnlyDeps = { path: file, env, flags: consul, hostName: hostname(), version: ownVersion(), clock: systemClock, random: Math.random, planSuffix, log: (level) => createLogger({ level, base: {} }), stop: signals.stop, onReload: (reload) => signals.onReload(reload), knows: (secrets) => crashes.knows(secrets) };
  if (check) {
    const read = await checkGuardFile(deps);
    return read.ok ? void process.stdout.write(`${file} is good: a guard's\n`) : end(process, EXIT.usage, read.fault);
  }
  const ended = await run(deps);
  if (!ended.ok) end(process, EXIT.usage, ended.fault);
  process.exit(ended.ok ? EXIT.done : EXIT.usage);
}

async function runLocked(loaded: LoadedFile, args: AgentArguments, process: NodeJS.Process, predecessor: Predecessor | undefined): Promise<void> {
  // Before the lock says that an agent lives: whoever reads it may send SIGHUP at once.
  const signals = signalsOf(process);
  const folder = await prepareStateFolder(loaded.stateFolder, process.geteuid?.());
  const lock = folder.ok ? await lockState(loaded.stateFolder, process.pid, predecessor?.pid) : folder;
  if (!lock.ok) return end(process, EXIT.usage, [lock.fault]);
  keepMemorySmall();
  const around = surroundings(loaded, args, process, predecessor);
  if (folder.ok && folder.value !== undefined) around.log.info({ event: "state-folder" }, folder.value);
  const ended = await live(loaded, around, signals);
  if (!ended.ok || ended.value === "signed-off") await lock.value();
  if (!ended.ok) end(process, EXIT.usage, ended.fault);
  // Whatever still waits (a watch, a socket) must not keep a finished agent alive, nor one that could not start.
  process.exit(ended.ok ? EXIT.done : EXIT.usage);
}

function ownVersion(): string {
  return typeof ROLLPIN_VERSION === "string" ? ROLLPIN_VERSION : "0.0.0-dev";
}

/** Read once, then taken away: a report that Node writes of a crash has all of the environment in it. */
function takeEnvironment(process: NodeJS.Process): Readonly<Record<string, string | undefined>> {
  const env = { ...process.env };
  for (const name of CREDENTIALS) delete process.env[name];
  return env;
}

function surroundings({ file, stateFolder }: LoadedFile, args: AgentArguments, process: NodeJS.Process, predecessor: Predecessor | undefined): Surroundings {
  const env = takeEnvironment(process);
  const sockets = inheritedSockets(env, process.pid);
  const version = ownVersion();
  const log = createLogger({ level: file.logLevel, base: {} });
  const audit = keepAudit({ clock: systemClock, log });
  return {
    env,
    crashes: watchCrashes(process, log, env),
    flags: args.consul,
    hostName: hostname(),
    log,
    self: { node: hostname(), agent: { version, startedAt: new Date().toISOString() } },
    sockets,
    inbound: keepInbound({ clock: systemClock, sockets, predecessorGone: predecessor?.gone ?? Promise.resolve(), calls: audit.atInbound }),
    routers: keepRouters({ clock: systemClock, random: Math.random, sockets, caller: file.service, callsOf: (upstream) => audit.atRouter(upstream), stateFolder }),
    audit,
    upgrade: {
      onServing: () => predecessor?.serving(),
      async start(handed) {
        const { startSuccessor } = await import("./upgrade/successor.ts");
        return startSuccessor({ command: [process.execPath, ...process.execArgv, ...process.argv.slice(1)], env, sockets: handed, clock: systemClock });
      },
      takeBack: async () => void (await lockState(stateFolder, process.pid)),
    },
    random: Math.random,
    planSuffix,
  };
}

/** Base32, as core/decide/plan-id.ts reads it. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const SUFFIX_LENGTH = 6;

function planSuffix(): string {
  return Array.from({ length: SUFFIX_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

function signalsOf(process: NodeJS.Process): Signals {
  const stop = new AbortController();
  process.on("SIGTERM", () => stop.abort());
  process.on("SIGINT", () => stop.abort());
  let asked = (): void => undefined;
  process.on("SIGHUP", () => asked());
  return {
    stop: stop.signal,
    onReload(reload) {
      asked = reload;
    },
    onUpgrade: (upgrade) => process.on("SIGUSR2", upgrade),
  };
}

function end(process: NodeJS.Process, code: number, lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exitCode = code;
}
