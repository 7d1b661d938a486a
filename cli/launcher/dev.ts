/** `rollpin dev`: a Consul to try things with, until Ctrl-C. */
import type { Environment } from "./cache-folder.ts";
import { reapLeftovers } from "./leftovers.ts";
import { obtainConsul } from "./obtain.ts";
import { startDevConsul } from "./start-dev.ts";
import { systemClock } from "../../core/clock.ts";

export interface DevWanted {
  readonly env: Environment;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** A free one unless given. */
  readonly port?: number;
}

const OK = 0;
const NO_CONSUL = 6;
const FAULT_OF_OURS = 1;
const LOOK_EVERY_MS = 500;

/** Resolves with the exit code: 0 after Ctrl-C, 6 when there is no Consul to start, or it doesn't, 1 when it ended by itself. */
export async function runDev({ env, stdout, stderr, signal, port }: DevWanted): Promise<number> {
  const say = (line: string): void => void stderr.write(`${line}\n`);
  await reapLeftovers(systemClock.now());
  const obtained = await obtainConsul({ env, binaryOnly: true, report: say, signal });
  if (signal.aborted) return OK;
  if (!obtained.ok) return complain(say, obtained.fault);
  if (obtained.value.kind === "running") throw new Error("a binary was asked for, and a running Consul came");

  const started = await startDevConsul({ binary: obtained.value.path, signal, ...(port === undefined ? {} : { httpPort: port }) });
  if (!started.ok) return signal.aborted ? OK : complain(say, started.fault);
  const consul = started.value;
  stdout.write(welcome(consul.address));
  // A timer, so that Node stays: the child process doesn't hold it.
  while (!signal.aborted && consul.isRunning()) await systemClock.sleep(LOOK_EVERY_MS, signal);
  const diedAlone = !consul.isRunning();
  await consul.stop();
  if (!diedAlone) return OK;
  say(`Consul at ${consul.address} ended by itself; nothing is left of it. Start it again: rollpin dev`);
  return FAULT_OF_OURS;
}

function complain(say: (line: string) => void, fault: string): number {
  say(fault);
  return NO_CONSUL;
}

function welcome(address: string): string {
  return [
    `Consul runs at http://${address} (its web page: http://${address}/ui), in memory, until Ctrl-C.`,
    "In another terminal:",
    "",
    `  export CONSUL_HTTP_ADDR=${address}`,
    "  rollpin release register checkout 1.0.0",
    "  rollpin pin checkout 1.0.0 --no-wait",
    "  rollpin status",
    "",
    "",
  ].join("\n");
}
