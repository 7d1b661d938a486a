import { type Command, Option } from "commander";
import { parseInstanceName, quoteForPerson } from "../../core/model/names.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type AclRole, aclRoles, aclRulesOf } from "../doctor/acl-policy.ts";
import { examine } from "../doctor/examine.ts";
import { EXIT, type Ending, type Exit, failed, result, usage } from "../ending.ts";
import { argument, serviceArgument } from "../flags.ts";
import { aclPolicyPrintable } from "../output/acl-policy.ts";
import { doctorPrintable } from "../output/doctor.ts";
import type { Run, Session } from "../session.ts";
import type { Finding } from "../doctor/finding.ts";

interface Flags {
  readonly aclPolicy?: AclRole;
  readonly service?: string;
  readonly instance?: string;
  readonly node?: string;
}

export function declare(command: Command, run: Run): void {
  command
    .description("Look at Consul, limits, ACLs, TLS, clocks, keys and formats, and say how to mend what is wrong. Exit 3 where something is.")
    .addOption(new Option("--acl-policy <role>", "print the smallest ACL policy of a role instead, as HCL; Consul is not asked").choices([...aclRoles]))
    .option("--service <service>", "with --acl-policy agent, guard, actuator, hooks, router or mesh: the service", serviceArgument)
    .option("--instance <instance>", "with --acl-policy agent: one instance (else any of the service)", argument(parseInstanceName))
    .option("--node <node>", "with --acl-policy agent: the Consul node it talks to (else any)", argument(parseNode))
    .action((flags: Flags) => run((session) => (isAboutPolicy(flags) ? Promise.resolve(printPolicy(session, flags)) : runDoctor(session))));
}

function isAboutPolicy({ aclPolicy, service, instance, node }: Flags): boolean {
  return [aclPolicy, service, instance, node].some((flag) => flag !== undefined);
}

/** Flags that a role has no use for are refused: an operator's policy that looks narrower than it is would be given away. */
function printPolicy({ flags: { prefix = "rollpin" } }: Session, { aclPolicy: role, service, instance, node }: Flags): Ending {
  if (role === undefined) return failed(usage("--service, --instance and --node go with --acl-policy"));
  if (role !== "agent" && (instance ?? node) !== undefined) return failed(usage(`--instance and --node go with --acl-policy agent, not ${role}`));
  if (role !== "operator" && role !== "reader") {
    if (service === undefined) return failed(usage(`--acl-policy ${role} is for one service: name it with --service`));
    return result(aclPolicyPrintable(role, aclRulesOf(role, { prefix, service, instance, node })));
  }
  if (service !== undefined) return failed(usage(`--acl-policy ${role} is for every service under ${prefix}/: leave out --service`));
  return result(aclPolicyPrintable(role, aclRulesOf(role, { prefix, service: "" })));
}

/** Stands between quotes in the policy, so nothing that could end them. */
function parseNode(text: string): Result<string, string> {
  return /^[A-Za-z0-9._-]{1,253}$/.test(text) ? ok(text) : err(`${quoteForPerson(text)} is no node name: use letters, digits and ". _ -"`);
}

async function runDoctor(session: Session): Promise<Ending> {
  const { world, signal, flags } = session;
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const inspector = await world.openInspector(flags);
  if (!inspector.ok) return failed(inspector.fault);
  try {
    const findings = await examine({ store: store.value, inspector: inspector.value, signal, now: () => world.clock.now(), connectionTables: () => readTables(session) });
    return result(doctorPrintable(inspector.value.where, findings), exitFor(findings));
  } finally {
    inspector.value.close();
  }
}

/** Linux only; elsewhere there is nothing to read, and nothing is said. */
async function readTables({ world }: Session): Promise<readonly string[]> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((path) => world.readFile(path)));
  return tables.flatMap((table) => (table.ok ? [table.value] : []));
}

function exitFor(findings: readonly Finding[]): Exit {
  if (findings.some(({ check, level }) => level === "problem" && (check === "consul" || check === "leader"))) return EXIT.consul;
  return findings.some(({ level }) => level !== "ok") ? EXIT.refused : EXIT.done;
}
