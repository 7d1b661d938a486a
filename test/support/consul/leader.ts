import { askConsul } from "../../../cli/launcher/ask-consul.ts";
import type { ConsulNode } from "../../../cli/launcher/consul-node.ts";
import { until } from "../until.ts";

/** The position of the leader that every running server names; a leader that was killed a moment ago is not one. */
export function leaderIndex(nodes: readonly ConsulNode[]): Promise<number> {
  return until("all running servers name one running leader", async () => {
    const running = nodes.filter((node) => node.isRunning());
    const named = await Promise.all(running.map(async (node) => (await askConsul(node.address, "/v1/status/leader", { timeoutMs: 1_000 })).body.toString().trim()));
    const [first] = new Set(named);
    const index = nodes.findIndex((node) => first === JSON.stringify(`127.0.0.1:${node.ports.server}`));
    return new Set(named).size === 1 && nodes[index]?.isRunning() === true && index;
  });
}
