/** Who a token is for. `guard` is a token of its own, `actuator` what an agent needs beside `agent` to act for a whole service, `hooks` to run its hooks, `router` to route to one, `mesh` to do so in Consul's mesh. */
export const aclRoles = ["agent", "operator", "guard", "actuator", "hooks", "router", "mesh", "reader"] as const;
export type AclRole = (typeof aclRoles)[number];

export interface AclScope {
  readonly prefix: string;
  readonly service: string;
  /** Without one: any instance of the service. */
  readonly instance?: string | undefined;
  /** Consul's node that the agent talks to. Without one: any. */
  readonly node?: string | undefined;
}

export interface AclRule {
  readonly resource: "key" | "key_prefix" | "session" | "session_prefix" | "service" | "service_prefix" | "node" | "node_prefix";
  readonly name: string;
  readonly policy: "read" | "write";
  readonly why: string;
}

/** The least that a role works with. Consul's rules can't tell a guarded write from a blind one: who may write a key may overwrite it. */
export function aclRulesOf(role: AclRole, scope: AclScope): readonly AclRule[] {
  if (role === "agent") return agentRules(scope);
  const { prefix, service } = scope;
  if (role === "guard") return guardRules(prefix, service);
  if (role === "actuator") return [{ resource: "key_prefix", name: `${prefix}/locks/actuator/${service}/`, policy: "write", why: "the right to lead: only agents that have it act for the service" }];
  if (role === "hooks") return hooksRules(prefix, service);
  if (role === "router") return routerRules(prefix, service);
  if (role === "mesh") return meshRules(prefix, service);
  if (role === "operator") return operatorRules(prefix);
  return [{ resource: "key_prefix", name: `${prefix}/`, policy: "read", why: "status, history, diff, release list and every --dry-run" }];
}

/** What plans write, and no more: records of instances and their locks are the agents'. */
function operatorRules(prefix: string): readonly AclRule[] {
  const folder = (name: string, why: string): AclRule => ({ resource: "key_prefix", name: `${prefix}/${name}/`, policy: "write", why });
  return [
    { resource: "key_prefix", name: `${prefix}/`, policy: "read", why: "what plans rest on, and everything that is shown" },
    folder("desired", "plans: what shall run, and the head in which they meet"),
    folder("history", "what was, who and why"),
    folder("verdicts", "rollback condemns, and clears again"),
    folder("releases", "release register, and what adopt finds"),
    folder("remembered", "restore: what agents left there is settled"),
    folder("operations", "what takes more than one transaction, step by step"),
    folder("guard", "guard resume: the brake comes off"),
    folder("rollouts", "rollout start, pause, resume, promote, abort, retry"),
    folder("policies", "policy set: by what services are guarded"),
    folder("locks/operations", "who is at it"),
    { resource: "session_prefix", name: "", policy: "write", why: "the session that holds that lock" },
    { resource: "key", name: `${prefix}/meta/history`, policy: "write", why: "history --keep" },
    { resource: "service_prefix", name: "", policy: "read", why: "adopt, route, failover and migrations: what Consul's catalog shows" },
    { resource: "node_prefix", name: "", policy: "read", why: "adopt: and on which nodes" },
  ];
}

/** It plans as an operator does, for one service; services that go back with it need the same three folders. */
function guardRules(prefix: string, service: string): readonly AclRule[] {
  const folder = (name: string, why: string): AclRule => ({ resource: "key_prefix", name: `${prefix}/${name}/${service}/`, policy: "write", why });
  return [
    { resource: "key_prefix", name: `${prefix}/`, policy: "read", why: "policies, signals, and what plans rest on: releases of all services say what they require" },
    { resource: "key", name: `${prefix}/locks/guard/${service}`, policy: "write", why: "the right to guard: one of those that have it does" },
    folder("guard", "what it found and did, and its brake"),
    folder("desired", "plans: it rolls back, shifts traffic, freezes"),
    folder("history", "what was, and why the guard did it"),
    folder("verdicts", "what it goes back from is condemned"),
    { resource: "key", name: `${prefix}/rollouts/${service}`, policy: "write", why: "rollouts: it takes their steps" },
    { resource: "key_prefix", name: `${prefix}/operations/`, policy: "write", why: "what takes more than one transaction, step by step" },
    { resource: "key_prefix", name: `${prefix}/locks/operations/`, policy: "write", why: "who is at it" },
    { resource: "session_prefix", name: "", policy: "write", why: "the session that holds those locks" },
    { resource: "service_prefix", name: "", policy: "read", why: "instances' checks, and who could take their traffic" },
    { resource: "node_prefix", name: "", policy: "read", why: "and on which nodes" },
  ];
}

function hooksRules(prefix: string, service: string): readonly AclRule[] {
  return [
    { resource: "key", name: `${prefix}/locks/hooks/${service}`, policy: "write", why: "the right to run hooks: only agents that have it do, and say there how it went" },
    { resource: "key_prefix", name: `${prefix}/operations/`, policy: "read", why: "what operations ask of them" },
  ];
}

function agentRules({ prefix, service, instance, node }: AclScope): readonly AclRule[] {
  const folder = (name: string, policy: AclRule["policy"], why: string): AclRule => ({ resource: "key_prefix", name: `${prefix}/${name}/${service}/`, policy, why });
  return [
    folder("desired", "read", "what it shall run: read, not written"),
    folder("verdicts", "read", "which releases are condemned"),
    { resource: "key", name: `${prefix}/desired/${service}/head`, policy: "write", why: "where plans meet: made with the first release, moved on when a hand flip is written into history" },
    folder("history", "write", "hand flips, written into history"),
    folder("releases", "write", "what can be run here"),
    folder("remembered", "write", 'what it applied, left for "rollpin restore reassert"'),
    instance === undefined ? folder("instances", "write", "what it runs, held by a session") : { resource: "key", name: `${prefix}/instances/${service}/${instance}`, policy: "write", why: "what it runs, held by a session" },
    { resource: node === undefined ? "session_prefix" : "session", name: node ?? "", policy: "write", why: "the session that holds it" },
    { resource: "service", name: service, policy: "write", why: "its place in the catalog" },
    { resource: node === undefined ? "node_prefix" : "node", name: node ?? "", policy: "read", why: "to see that clients are shown the new process before the old one goes" },
    folder("locks/pace", "write", "its turn, where the service has a pace"),
    ...(instance === undefined ? [] : [folder("instances", "read", "how many live, where the pace is a percentage")]),
  ];
}

/** `service` is the one whose traffic is routed. */
function routerRules(prefix: string, service: string): readonly AclRule[] {
  const folder = (name: string, policy: AclRule["policy"], why: string): AclRule => ({ resource: "key_prefix", name: `${prefix}/${name}/${service}/`, policy, why });
  return [
    folder("desired", "read", "where its traffic shall go: read, not written"),
    folder("history", "read", "what stood before a hand flip"),
    folder("releases", "read", "whether a flipped pin's release is registered"),
    folder("verdicts", "read", "and not condemned"),
    folder("routers", "write", "what is really served, held by the agent's session"),
    { resource: "service", name: service, policy: "read", why: "its instances, and whether they pass" },
    { resource: "node_prefix", name: "", policy: "read", why: "wherever they are" },
  ];
}

/** Consul asks for the same right for a service's entries in the mesh as for its registration. */
function meshRules(prefix: string, service: string): readonly AclRule[] {
  return [
    { resource: "key", name: `${prefix}/locks/mesh/${service}`, policy: "write", why: "the right to lead: one agent writes" },
    ...routerRules(prefix, service).map((rule): AclRule => (rule.resource === "service" ? { ...rule, policy: "write", why: "its entries in the mesh, and its instances" } : rule)),
  ];
}

/** As Consul takes it: `consul acl policy create -rules @<file>`. */
export function hclOf(rules: readonly AclRule[]): string {
  return rules.map(({ resource, name, policy, why }) => `# ${why}\n${resource} "${name}" { policy = "${policy}" }`).join("\n");
}
