/** A random system of services that call one another, directly and over queues, with rollouts under way and faults in it. */

export interface Host {
  readonly name: string;
  readonly address: string;
  /** Of its clock; milliseconds. */
  readonly skew: number;
  isDead: boolean;
  isSick: boolean;
}

export type VersionFault =
  | { readonly kind: "errors"; readonly rate: number }
  /** Callers give up before it answers. */
  | { readonly kind: "slow"; readonly rate: number }
  /** Its process dies of a call: nobody answers, and there is no record. */
  | { readonly kind: "crashes"; readonly rate: number }
  /** Its database refuses what it asks. */
  | { readonly kind: "queries"; readonly rate: number };

export interface Version {
  readonly name: string;
  readonly hosts: readonly Host[];
  fault: VersionFault | undefined;
}

export interface Edge {
  readonly to: Service;
  readonly probability: number;
  /** Over a queue, to be answered by a deadline or by nobody. */
  readonly queue: { readonly name: string; readonly deadline: number | undefined } | undefined;
  /** How often a call is tried. */
  readonly tries: number;
  readonly parallel: boolean;
}

export interface Service {
  readonly name: string;
  readonly edges: Edge[];
  readonly database: Database | undefined;
  readonly stable: Version;
  /** The version it is moved to; beside the stable one with a share, or in its place. */
  rollout: { readonly version: Version; readonly share: number | "replaced" } | undefined;
}

export interface Database {
  readonly name: string;
  fault: "slow" | "fails" | undefined;
}

export interface System {
  readonly services: readonly Service[];
  readonly entries: readonly Service[];
}

export type Random = () => number;

export const between = (random: Random, least: number, most: number): number => least + random() * (most - least);
export const whole = (random: Random, least: number, most: number): number => Math.floor(between(random, least, most + 1));
export const oneOf = <T>(random: Random, list: readonly T[]): T => {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error("nothing to draw from");
  return found;
};

/** Services call later ones only, so that every request ends. */
export function drawSystem(random: Random, count: number): System {
  const databases = Array.from({ length: Math.max(1, Math.round(count / 8)) }, (_, at): Database => ({ name: `db-${at}`, fault: undefined }));
  const services = Array.from({ length: count }, (_, at): Service => ({
    name: `s${at}`,
    edges: [],
    database: random() < 0.5 ? oneOf(random, databases) : undefined,
    stable: drawVersion(random, at, "1.0.0", whole(random, 2, 6)),
    rollout: undefined,
  }));
  for (const [at, service] of services.entries()) {
    // A few near, as teams have it, and now and then one that many use.
    const fanOut = Math.min(count - at - 1, whole(random, at === 0 ? 3 : 0, 4));
    for (let edge = 0; edge < fanOut; edge += 1) {
      const to = services[random() < 0.8 ? whole(random, at + 1, Math.min(count - 1, at + 1 + Math.ceil(count / 6))) : whole(random, at + 1, count - 1)];
      if (to !== undefined && !service.edges.some((other) => other.to === to)) service.edges.push(drawEdge(random, to));
    }
  }
  return { services, entries: services.slice(0, Math.max(1, Math.round(count / 20))) };
}

function drawEdge(random: Random, to: Service): Edge {
  const isQueue = random() < 0.2;
  return {
    to,
    probability: between(random, 0.3, 0.9),
    queue: isQueue ? { name: `${to.name}.requests`, deadline: random() < 0.7 ? 2_000 : undefined } : undefined,
    tries: random() < 0.3 ? 3 : 1,
    parallel: random() < 0.4,
  };
}

export function drawVersion(random: Random, service: number | string, name: string, hosts: number): Version {
  return {
    name,
    fault: undefined,
    hosts: Array.from({ length: hosts }, (_, at): Host => ({ name: `${service}-${name}-${at}`, address: `${service}-${name}-${at}.internal:8080`, skew: between(random, -20, 20), isDead: false, isSick: false })),
  };
}
