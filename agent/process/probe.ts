import { spawn } from "node:child_process";
import { get } from "node:http";
import { connect } from "node:net";
import type { Probe } from "../../core/config/agent-file.ts";
import type { Invocation } from "./launch.ts";

/** Asks the service once. Undefined: it is ready; otherwise why it isn't. The signal ends the wait for an answer. */
export type Asked = string | undefined;

export interface Door {
  readonly addresses: readonly string[];
  readonly port: number;
}

/** The first address that answers counts. */
export async function askAtDoor(probe: Exclude<Probe, { command: unknown }>, { addresses, port }: Door, signal: AbortSignal): Promise<Asked> {
  let why: Asked = "it has no address";
  for (const address of addresses) {
    why = "http" in probe ? await askHttp(address, port, probe, signal) : await askTcp(address, port, signal);
    if (why === undefined) return undefined;
  }
  return why;
}

function askTcp(host: string, port: number, signal: AbortSignal): Promise<Asked> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (why: Asked): void => {
      signal.removeEventListener("abort", late);
      socket.destroy();
      resolve(why);
    };
    const late = (): void => finish(`port ${port} takes no connection`);
    socket.once("connect", () => finish(undefined)).once("error", (error) => finish(`port ${port}: ${error.message}`));
    if (signal.aborted) late();
    else signal.addEventListener("abort", late, { once: true });
  });
}

function askHttp(host: string, port: number, probe: { readonly http: string; readonly status?: number | undefined }, signal: AbortSignal): Promise<Asked> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: probe.http, agent: false, signal, headers: { "user-agent": "rollpin" } }, (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      resolve(isWanted(status, probe.status) ? undefined : `${probe.http} answers ${status}`);
    });
    request.once("error", (error) => resolve(signal.aborted ? `${probe.http} does not answer` : `${probe.http}: ${error.message}`));
  });
}

function isWanted(status: number, wanted: number | undefined): boolean {
  return wanted === undefined ? status >= 200 && status < 300 : status === wanted;
}

/** Ready is exit code 0. The command carries the process's token, so that nothing of it stays behind. */
export function askCommand({ program, arguments: rest, directory }: Invocation, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Asked> {
  return new Promise((resolve) => {
    const child = spawn(program, rest, { cwd: directory, env, detached: true, shell: false, stdio: "ignore" });
    const finish = (why: Asked): void => {
      signal.removeEventListener("abort", kill);
      resolve(why);
    };
    const kill = (): void => {
      if (child.pid !== undefined) killGroup(child.pid);
    };
    child.once("error", (error) => finish(`${program}: ${error.message}`));
    child.once("exit", (code, by) => finish(code === 0 ? undefined : `${program} ${by === null ? `exits with code ${code}` : signal.aborted ? "does not end" : `was ended by ${by}`}`));
    if (signal.aborted) kill();
    else signal.addEventListener("abort", kill, { once: true });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}
