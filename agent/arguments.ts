import { parseArgs } from "node:util";
import { messageOf } from "../core/model/message-of.ts";
import { type Result, err, ok } from "../core/model/result.ts";
import type { ConsulFlags } from "../core/store/consul/settings.ts";

export interface AgentArguments {
  /** The agent's file. */
  readonly file: string;
  /** Only look whether the file is good. */
  readonly check: boolean;
  /** No instance and no process: it guards services by their policies. */
  readonly guardOnly: boolean;
  readonly help: boolean;
  readonly consul: ConsulFlags;
}

export const USAGE = `usage: rollpin agent -c rollpin.yaml [--check] [--guard-only] [--consul-addr <address>] [--dc <name>]
       rollpin agent pin <version> --local      hold this host's instance while Consul is gone; see --help there
       rollpin agent unpin --local

  -c, --config <file>       the agent's file (rollpin.yaml unless given)
      --check               look whether the file is good, and end
      --guard-only          no instance, no process: guard services by their policies; the file is a guard's
      --consul-addr <addr>  host:port, http(s)://host:port or unix:///path; before CONSUL_HTTP_ADDR and the file
      --dc <name>           Consul's datacentre

SIGHUP reads the file again, verifies what was applied and gives a stalled instance another go; SIGUSR2 starts the program anew
and hands over to it; SIGTERM signs off and ends.`;

/** The fault is one sentence. */
export function parseAgentArguments(argv: readonly string[]): Result<AgentArguments, string> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      strict: true,
      options: {
        config: { type: "string", short: "c", default: "rollpin.yaml" },
        check: { type: "boolean", default: false },
        "guard-only": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        "consul-addr": { type: "string" },
        dc: { type: "string" },
      },
    });
    const consul = { ...(values["consul-addr"] === undefined ? {} : { address: values["consul-addr"] }), ...(values.dc === undefined ? {} : { datacenter: values.dc }) };
    return ok({ file: values.config, check: values.check, guardOnly: values["guard-only"], help: values.help, consul });
  } catch (error) {
    return err(`rollpin agent: ${messageOf(error)}`);
  }
}
