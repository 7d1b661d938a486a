/** A real NATS on this machine, over which call records go. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { obtainBroker } from "../../../cli/launcher/obtain-broker.ts";
import { freePorts } from "../../../core/free-ports.ts";
import { type Result, ok } from "../../../core/model/result.ts";
import type { Environment } from "../consul.ts";
import { endChild } from "../end-child.ts";
import { waitFor } from "../patience.ts";

export interface Bus {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface BusWanted {
  readonly folder: string;
  readonly env: Environment;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const HOST = "127.0.0.1";
const COME_UP_MS = 20_000;
const STOP_LIMIT_MS = 5_000;

export async function startBus({ env, folder, report, signal }: BusWanted): Promise<Result<Bus, string>> {
  const obtained = await obtainBroker("nats-server", { env, report, signal });
  if (!obtained.ok) return obtained;
  const [port = 0] = await freePorts(1);
  // In a process group of its own: Ctrl-C in the terminal is for the demo, which stops things in their order.
  const child = spawn(obtained.value, ["-a", HOST, "-p", String(port)], { cwd: folder, detached: true, stdio: "ignore" });
  await once(child, "spawn");
  const up = await waitFor("NATS answers", COME_UP_MS, signal, () => answers(port));
  if (up.ok) return ok({ address: `${HOST}:${port}`, pid: child.pid ?? 0, stop: () => endChild(child, "SIGTERM", STOP_LIMIT_MS) });
  await endChild(child, "SIGTERM", STOP_LIMIT_MS);
  return up;
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(undefined));
  });
}
