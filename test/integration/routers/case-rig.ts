/** What a case of the table asks for, as real services and requests. */
import { Agent } from "node:http";
import { expect } from "vitest";
import type { CheckedEndpoint } from "../../../core/store/port.ts";
import type { RoutingCase } from "../../cases/routing.ts";
import { type Asked, type Situation, ask, endpoint, listening } from "./router-rig.ts";

/** Of 100,000 tables like this one, hardly one would see a share further from its own: five standard deviations. */
export const DEVIATIONS = 5;

async function instances(names: readonly string[], passing: boolean): Promise<readonly CheckedEndpoint[]> {
  return Promise.all(names.map(async (name) => endpoint(name, await listening((_, response) => response.end(name)), passing)));
}

export async function situationOf(one: RoutingCase): Promise<Situation> {
  const backups = Array.from({ length: one.failoverPassing ?? 0 }, () => "checkout-backup");
  return {
    routes: one.routes,
    pins: one.pins,
    left: one.left,
    instances: [...(await instances(one.passing, true)), ...(await instances(one.failing ?? [], false))],
    failover: one.failoverPassing === undefined ? undefined : await instances(backups, true),
  };
}

/** A router is one caller's, and to start it costs more than requests do. */
export function requestsByCaller({ requests }: RoutingCase): ReadonlyMap<string, RoutingCase["requests"]> {
  const callers = new Set(requests.map(({ caller = "shop" }) => caller));
  return new Map([...callers].map((of) => [of, requests.filter(({ caller = "shop" }) => caller === of)]));
}

/** How often each answered. */
export async function answersOf(port: number, sent: Asked, times: number): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  // Of their own: a program that was reloaded since closes the connections of those before.
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const answers = await Promise.all(Array.from({ length: times }, () => answeredBy(port, sent, agent))).finally(() => agent.destroy());
  for (const answer of answers) found.set(answer, (found.get(answer) ?? 0) + 1);
  return found;
}

const FEW = 3;
/** Where several share the traffic. */
const MANY = 400;

/** That a request of a case is answered by who should, or by each as often as it should. */
export async function expectAnswers(port: number, { to, ...sent }: Pick<RoutingCase["requests"][number], "to"> & Asked): Promise<void> {
  const times = typeof to === "string" ? FEW : MANY;
  const found = await answersOf(port, sent, times);
  if (typeof to === "string") return expect([...found.keys()], JSON.stringify(sent)).toEqual([sent.method === "HEAD" ? "HEAD" : to]);
  for (const [name, part] of Object.entries(to)) expect(Math.abs((found.get(name) ?? 0) / times - part), `${name} of ${JSON.stringify(Object.fromEntries(found))}`).toBeLessThanOrEqual(DEVIATIONS * Math.sqrt((part * (1 - part)) / times));
}

/** Which users, by the value of a header, have a version. */
export async function usersOf(version: string, port: number, header: string, users: readonly string[]): Promise<ReadonlySet<string>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const answers = await Promise.all(users.map((user) => answeredBy(port, { headers: { [header]: user } }, agent))).finally(() => agent.destroy());
  return new Set(users.filter((_, index) => answers[index] === version));
}

async function answeredBy(port: number, sent: Asked, agent: Agent): Promise<string> {
  const { body, status } = await ask(port, sent, agent);
  if (status === 503) return "none";
  return sent.method === "HEAD" ? "HEAD" : body;
}
