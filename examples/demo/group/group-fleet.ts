/** The agents of the group's story: one beside each service, and one that migrates the data of `orders`. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePorts } from "../../../core/free-ports.ts";
import { type AgentFile, type Agents, startAgents } from "../agents.ts";
import { HOST, memberFile } from "../member-file.ts";
import type { DemoPlace, Prepared } from "../scenario.ts";
import type { Database } from "./postgres.ts";
import { MEMBERS, type Member, type Role, type Told, dataOf, nameOf } from "./services.ts";

export interface GroupFleet extends Agents {
  /** Where clients ask. */
  readonly web: { readonly host: string; readonly port: number };
}

export const instanceOf = (service: string, role: Role): string => `${nameOf(service, role)}-1`;

export async function startGroup({ folder, root }: DemoPlace, { consul, rollpin, sources }: Prepared, database: Database): Promise<GroupFleet> {
  const { env, prefix, service } = consul;
  const ports = await freePorts(MEMBERS.length);
  const portOf = new Map(MEMBERS.map(({ role }, at): [Role, number] => [role, ports[at] ?? 0]));
  for (const member of MEMBERS) await deliver(member, { folder, service, sources });
  const places = Object.fromEntries([...portOf].map(([role, port]) => [`DEMO_${role.toUpperCase()}`, `${HOST}:${port}`]));
  const files = MEMBERS.map(({ role }): AgentFile => memberFile({ instance: instanceOf(service, role), service: nameOf(service, role), role, port: portOf.get(role) ?? 0, environment: { ...places, ...database.environment, DEMO_ROOT: root } }));
  const agents = await startAgents({ folder, rollpin, env, prefix, files: [...files, dataFile(service, root, database)], others: [database.pid] });
  return { ...agents, web: { host: HOST, port: portOf.get("web") ?? 0 } };
}

interface Delivery {
  readonly folder: string;
  readonly service: string;
  readonly sources: string;
}

/** As a deployer does: each version in a folder of its own, with what it says of itself. */
async function deliver({ releases, role }: Member, { folder, service, sources }: Delivery): Promise<void> {
  for (const release of releases) {
    const place = join(folder, role, release.version);
    await mkdir(place, { recursive: true });
    await cp(join(sources, "group", "service"), place, { recursive: true });
    await writeFile(join(place, "release.yaml"), stringify(releaseFile(release, service)));
  }
}

function releaseFile({ requires = {}, schema, version }: Told, service: string): object {
  const needs = Object.entries(requires).map(([role, range]) => [nameOf(service, role as Role), range]);
  return { version, ...(needs.length === 0 ? {} : { requires: Object.fromEntries(needs) as object }), ...(schema === undefined ? {} : { schema }) };
}

/** It is none of the instances that serve, and has the only right to touch the schema. */
function dataFile(service: string, root: string, { environment }: Database): AgentFile {
  const command = ["node", join(root, "examples", "migrations", "migrate.js")];
  return {
    name: dataOf(service),
    settings: { service: nameOf(service, "orders"), track: "data", register: false, hooks: { migrate: { down: { command, timeout: "1m" }, up: { command, timeout: "1m" }, environment } } },
  };
}
