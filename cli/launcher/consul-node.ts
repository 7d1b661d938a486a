/** One server whose ports and folder stay the same over any number of kills and restarts. */
import { systemClock } from "../../core/clock.ts";
import { type ConsulProcess, lastWords, spawnConsul } from "./consul-process.ts";
import { awaitReady } from "./ready.ts";
import type { NodePorts } from "./server-config.ts";

const READY_MS = 40_000;
const GRACE_MS = 10_000;

export interface ConsulNode {
  readonly address: string;
  readonly ports: NodePorts;
  readonly name: string;
  /** Its log, pid and settings. */
  readonly folder: string;
  isRunning(): boolean;
  /** SIGKILL. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL after 10 s. Resolves when the process is gone; a process already gone is fine. */
  terminate(): Promise<void>;
  /** Undefined when it isn't running. */
  pid(): number | undefined;
  /** Sends nothing when it isn't running. */
  signal(name: NodeJS.Signals): void;
  /** Starts the process; it is not ready yet. Throws when it is running already. */
  launch(): Promise<void>;
  /** Undefined when ready, else what is missing, with what Consul printed last. */
  awaitReady(signal: AbortSignal): Promise<string | undefined>;
}

export interface NodePlace {
  readonly binary: string;
  readonly args: readonly string[];
  readonly name: string;
  readonly ports: NodePorts;
  readonly folder: string;
  readonly root: string;
  readonly token: string | undefined;
}

export function consulNode(place: NodePlace): ConsulNode {
  const address = `127.0.0.1:${place.ports.http}`;
  let current: ConsulProcess | undefined;

  const end = async (name: "SIGKILL" | "SIGTERM"): Promise<void> => {
    if (current === undefined) return;
    current.signal(name);
    // A stopped process takes SIGTERM only once it goes on.
    current.signal("SIGCONT");
    await endsWithin(current, GRACE_MS);
    current.signal("SIGKILL");
    await endsWithin(current, GRACE_MS);
    if (current.isRunning()) throw new Error(`Consul, process ${current.pid}, outlived SIGKILL by ${GRACE_MS} ms`);
  };

  return {
    address,
    ports: place.ports,
    name: place.name,
    folder: place.folder,
    isRunning: () => current?.isRunning() ?? false,
    kill: () => end("SIGKILL"),
    terminate: () => end("SIGTERM"),
    pid: () => (current?.isRunning() === true ? current.pid : undefined),
    signal: (name) => current?.signal(name),
    async launch() {
      if (current?.isRunning() === true) throw new Error(`Consul at ${address} is running already`);
      current = await spawnConsul(place);
    },
    async awaitReady(signal) {
      const process = current;
      if (process === undefined) return `Consul at ${address} was never started`;
      const over = new AbortController();
      void process.ended.then(() => over.abort());
      const missing = await awaitReady({ address, nodeName: place.name, token: place.token }, READY_MS, AbortSignal.any([signal, over.signal]));
      if (process.isRunning() && missing === undefined) return undefined;
      const state = process.isRunning() ? `is not ready: ${missing ?? "it stopped answering"}` : "ended while it started";
      return `Consul at ${address} ${state}\n${await lastWords(place.folder)}`;
    },
  };
}

/** Waits with a timer, so that Node stays alive for a child that doesn't hold it. */
async function endsWithin(process: ConsulProcess, ms: number): Promise<void> {
  const over = new AbortController();
  void process.ended.then(() => over.abort());
  if (process.isRunning()) await systemClock.sleep(ms, over.signal);
}
