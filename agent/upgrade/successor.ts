import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import type { Server } from "node:net";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { FIRST_DESCRIPTOR, HANDED_VARIABLE } from "./inherited-sockets.ts";
import type { ToPredecessor, ToSuccessor } from "./messages.ts";

/** The agent that is to take this one's place: started, its file read and good, waiting for its turn. */
export interface Successor {
  readonly pid: number;
  /** To be called when this agent has let go of everything. The fault is a sentence; the successor is dead then. */
  takeOver(): Promise<Result<void, string>>;
  /** SIGTERM: somebody wants no agent at all. */
  stop(): void;
}

export interface SuccessorDeps {
  /** Program and arguments: this agent's own, so that what stands there now is what starts. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Listening sockets that it inherits, by name. */
  readonly sockets: Readonly<Record<string, Server | undefined>>;
  readonly clock: Clock;
}

/** For each of the two answers. */
const ANSWER_MS = 30_000;

export async function startSuccessor({ clock, command: [program, ...rest], env, sockets }: SuccessorDeps): Promise<Result<Successor, string>> {
  const handed = Object.entries(sockets).flatMap(([name, server]) => {
    const descriptor = server === undefined ? undefined : descriptorOf(server);
    return descriptor === undefined ? [] : [{ name, descriptor }];
  });
  const names = handed.map(({ name }, index) => `${name}=${FIRST_DESCRIPTOR + index}`).join(",");
  const stdio: StdioOptions = ["inherit", "inherit", "inherit", ...handed.map(({ descriptor }) => descriptor), "ipc"];
  let child: ChildProcess;
  try {
    child = spawn(program, rest, { env: { ...env, [HANDED_VARIABLE]: names }, stdio });
  } catch (error) {
    return err(`the new agent could not be started: ${messageOf(error)}`);
  }
  const told = listen(child, clock);
  const prepared = await told("prepared");
  if (!prepared.ok) return prepared;
  return ok({
    pid: child.pid ?? -1,
    stop: () => void child.kill("SIGTERM"),
    async takeOver() {
      const serving = told("serving");
      const turn: ToSuccessor = "take-over";
      child.send(turn, () => undefined);
      return serving;
    },
  });
}

/** Node has no public name for it; a socket that it doesn't tell is simply not handed over. */
function descriptorOf(server: Server): number | undefined {
  const { _handle: handle } = server as { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined;
}

/** Waits for one message. Whatever comes instead, the new agent is dead when the fault is answered. */
function listen(child: ChildProcess, clock: Clock): (message: ToPredecessor) => Promise<Result<void, string>> {
  const heard = new Set<unknown>();
  let ended: string | undefined;
  const isOver = (message: ToPredecessor): boolean => heard.has(message) || ended !== undefined;
  let wake = (): void => undefined;
  const end = (how: string): void => {
    ended ??= how;
    wake();
  };
  child.on("message", (message) => {
    heard.add(message);
    wake();
  });
  child.once("error", (error) => end(`could not be started: ${error.message}`));
  child.once("exit", (code, signal) => end(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`));
  return async (message) => {
    const deadline = clock.monotonic() + ANSWER_MS;
    while (!isOver(message) && clock.monotonic() < deadline) {
      const woken = new AbortController();
      wake = () => woken.abort();
      await clock.sleep(deadline - clock.monotonic(), woken.signal);
    }
    if (heard.has(message) && ended === undefined) return ok(undefined);
    const why = ended ?? `was not ${message} within ${ANSWER_MS / 1000} s`;
    await kill(child);
    return err(`the new agent (pid ${child.pid ?? "none"}) ${why}; what it printed says more`);
  };
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
