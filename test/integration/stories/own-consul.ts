import { afterAll } from "vitest";
import { type ConsulOptions, type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type AgentOptions, type TestAgent, startAgent } from "../../support/rollpin.ts";

export interface OwnConsul {
  readonly consul: ConsulServer;
  /** On this Consul unless another address is given; ended with the file. */
  readonly start: (options: Omit<AgentOptions, "consul"> & { readonly consul?: string }) => Promise<TestAgent>;
}

/** A Consul for one file of tests, and the agents that stand on it: they go first. Awaited at the top of the file. */
export async function ownConsul(options?: ConsulOptions): Promise<OwnConsul> {
  const consul = await startConsul(options);
  const agents: TestAgent[] = [];
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.remove()));
    await consul.stop();
  });
  return {
    consul,
    async start(asked) {
      const agent = await startAgent({ consul: consul.address, ...asked });
      agents.push(agent);
      return agent;
    },
  };
}
