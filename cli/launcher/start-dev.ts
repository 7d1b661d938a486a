/** A Consul to try things with: one server on loopback, in memory unless given a folder. */
import { type Result, ok } from "../../core/model/result.ts";
import { type ServersWanted, startServers } from "./servers.ts";

export interface DevConsul {
  /** `127.0.0.1:port` */
  readonly address: string;
  isRunning(): boolean;
  /** Resolves when the process is gone and its temporary folder removed. */
  readonly stop: () => Promise<void>;
}

export type DevConsulWanted = Pick<ServersWanted, "binary" | "httpPort" | "dataDir" | "config" | "signal">;

/** Resolves when a leader answers and a write goes through. The signal ends the start; afterwards `stop` does. */
export async function startDevConsul(wanted: DevConsulWanted): Promise<Result<DevConsul, string>> {
  const started = await startServers(wanted);
  if (!started.ok) return started;
  const { nodes, stop } = started.value;
  const [node] = nodes;
  return ok({ address: node.address, isRunning: () => node.isRunning(), stop });
}
