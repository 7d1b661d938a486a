import { expect } from "vitest";
import type { ConsulServer } from "../../support/consul-server.ts";
import { type Ran, type RunOptions, type TestAgent, rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

/** All that a rollback and its undo may touch, as it stands in KV: pins, config, routes and verdicts, without the head. */
export async function standing(consul: ConsulServer, service: string): Promise<Readonly<Record<string, string>>> {
  const entries = [...(await consul.kv.list(`rollpin/desired/${service}/`)), ...(await consul.kv.list(`rollpin/verdicts/${service}/`))];
  return Object.fromEntries(entries.filter(({ key }) => !key.endsWith("/head")).map(({ key, value }) => [key.replace("rollpin/", ""), value.toString()]));
}

export async function registered(consul: ConsulServer, service: string, ...versions: readonly string[]): Promise<void> {
  for (const version of versions) await until(`${service} ${version} is registered`, async () => (await consul.kv.get(`rollpin/releases/${service}/${version}`)) !== undefined);
}

/** Until the instance says it runs that version and nothing is open. */
export async function runs(agent: TestAgent, version: string): Promise<void> {
  await until(`${agent.instance} runs ${version} in sync`, async () => {
    const { record } = await agent.state();
    return (record.version === version && record.status === "in-sync") || undefined;
  });
}

/** The CLI, which must end with that code; the failure shows all it said. */
export async function expectExit(code: number, words: readonly string[], options: RunOptions): Promise<Ran> {
  const ran = await rollpin(words, options);
  expect(ran.code, `rollpin ${words.join(" ")}\n${ran.stdout}${ran.stderr}`).toBe(code);
  return ran;
}

/** Text on one line, as an operator's eye reads it. */
export const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

/** The process applier's part of an agent's file, quick enough for tests. */
export function processYaml(more = "", command = '[node, "./releases/{{version}}/server.js", "{{port}}"]'): string {
  const drain = command.includes("{{port}}") ? "\n      drain: 200ms" : "";
  return `tries: 1\nappliers:\n  - process:\n      command: ${command}\n      readyTimeout: 4s\n      stopGrace: 500ms${drain}\n${more}`;
}
