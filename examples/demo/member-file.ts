import type { AgentFile } from "./agents.ts";

/** Where every member listens. */
export const HOST = "127.0.0.1";

export interface MemberWanted {
  readonly instance: string;
  readonly service: string;
  /** Names the folder with a folder for each version. */
  readonly role: string;
  /** Where the others find it, whatever version runs. */
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** The agent beside one of several services that ask each other. */
export function memberFile({ environment, instance, port, role, service }: MemberWanted): AgentFile {
  return {
    name: instance,
    settings: {
      service,
      releases: { artifacts: `./${role}/{{version}}` },
      register: { check: { http: "/healthz", interval: "1s" } },
      appliers: [
        {
          process: {
            command: ["node", `${role}/{{version}}/server.js`, "{{port}}"],
            ready: { http: "/healthz" },
            inbound: { port, address: HOST },
            environment: { ...environment, DEMO_ROLE: role },
            stopGrace: "5s",
            onAgentExit: "stop",
          },
        },
      ],
    },
  };
}
