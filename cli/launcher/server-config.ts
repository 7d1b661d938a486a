/** What a Consul server of ours is told: loopback only, no port that wasn't chosen, no call home, quick elections. */

export type Settings = { readonly [name: string]: unknown };

export interface NodePorts {
  readonly http: number;
  readonly dns: number;
  readonly server: number;
  readonly serfLan: number;
  readonly serfWan: number;
}

export interface NodeFacts {
  readonly name: string;
  readonly ports: NodePorts;
  /** Undefined: in memory, as `consul agent -dev` has it. */
  readonly dataDir: string | undefined;
  /** Serf addresses of all servers of the cluster. */
  readonly cluster: readonly string[];
  /** Turns ACLs on, denying by default. */
  readonly managementToken: string | undefined;
  readonly version: ConsulVersion;
}

export interface ConsulVersion {
  readonly major: number;
  readonly minor: number;
}

export function parseConsulVersion(printed: string): ConsulVersion | undefined {
  const [, major, minor] = /^Consul v(\d+)\.(\d+)\./m.exec(printed) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

export function serverConfig(facts: NodeFacts, extra: Settings): Settings {
  const { ports, cluster } = facts;
  const own: Settings = {
    node_name: facts.name,
    server: true,
    bind_addr: "127.0.0.1",
    advertise_addr: "127.0.0.1",
    client_addr: "127.0.0.1",
    ports: {
      http: ports.http,
      dns: ports.dns,
      server: ports.server,
      serf_lan: ports.serfLan,
      serf_wan: ports.serfWan,
      grpc: -1,
      // A key that Consul doesn't know stops it; this one came with 1.14, where it is on by default.
      ...(isAtLeast(facts.version, 1, 14) ? { grpc_tls: -1 } : {}),
    },
    performance: { raft_multiplier: 1 },
    log_level: "WARN",
    disable_update_check: true,
    leave_on_terminate: false,
    skip_leave_on_interrupt: true,
    ...(facts.dataDir === undefined ? {} : { data_dir: facts.dataDir, bootstrap_expect: cluster.length }),
    ...(cluster.length > 1 ? { retry_join: cluster, retry_interval: "1s" } : {}),
    ...(facts.managementToken === undefined ? {} : { acl: aclSettings(facts.managementToken, facts.version) }),
  };
  return merge(own, extra);
}

function aclSettings(token: string, version: ConsulVersion): Settings {
  const management = isAtLeast(version, 1, 11) ? "initial_management" : "master";
  return { enabled: true, default_policy: "deny", tokens: { [management]: token, agent: token } };
}

function isAtLeast(version: ConsulVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

function merge(base: Settings, over: Settings): Settings {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const under = merged[name];
    merged[name] = isSettings(under) && isSettings(value) ? merge(under, value) : value;
  }
  return merged;
}

function isSettings(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
