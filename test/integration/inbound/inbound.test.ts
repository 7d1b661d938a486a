/** Behind an inbound port clients see nothing of a change of version, nor of one of agents. */
import { expect, it } from "vitest";
import { type TestAgent, rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { registered, runs } from "../stories/story.ts";
import { type Load, httpLoad, tcpLoad, total } from "./clients.ts";

/** `npm run prove -- inbound` asks for 20. */
const TURNS = Number(process.env["ROLLPIN_INBOUND_TURNS"] ?? 2);
const VERSIONS = ["1.0.0", "2.0.0"] as const;

const { consul, start } = await ownConsul();

async function startBehind(service: string, program: string, mode: string): Promise<{ readonly agent: TestAgent; readonly port: number }> {
  const yaml = `appliers:\n  - process:\n      command: [node, "./releases/{{version}}/server.js", "{{port}}"]\n      inbound: { port: 0, address: 127.0.0.1, mode: ${mode}, hold: 20s }\n      readyTimeout: 20s\n`;
  const agent = await start({ service, releases: { "1.0.0": program, "2.0.0": program }, yaml });
  await registered(consul, service, ...VERSIONS);
  await pin(service, "1.0.0");
  await runs(agent, "1.0.0");
  return { agent, port: (await agent.state()).inbound?.port ?? 0 };
}

async function pin(service: string, version: string): Promise<void> {
  const ran = await rollpin(["pin", service, version, "--yes", "--timeout", "60s"], { consul: consul.address });
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
}

async function answered(load: Load, version: string): Promise<void> {
  const before = load.answers[version] ?? 0;
  await until(`clients are answered by ${version}`, () => (load.answers[version] ?? 0) > before + 5, { deadlineMs: 30_000 });
}

it.each([
  ["http", "good.js", httpLoad],
  ["tcp", "echo.js", tcpLoad],
] as const)(`${TURNS} switches and ${TURNS} upgrades of the agent under load, %s: nothing refused, nothing cut`, { timeout: 120_000 + TURNS * 20_000 }, async (mode, program, open) => {
  const service = `front-${mode}`;
  const { agent, port } = await startBehind(service, program, mode);
  const session = (await consul.kv.list(`rollpin/instances/${service}/`))[0]?.session;
  const load = open(port, 6);
  for (let turn = 1; turn <= TURNS; turn += 1) {
    const version = VERSIONS[turn % 2] ?? VERSIONS[0];
    await pin(service, version);
    await answered(load, version);
    await agent.upgrade();
    await runs(agent, version);
    await answered(load, version);
  }
  await load.end();
  console.log(`= inbound ${mode}: ${TURNS} switches and ${TURNS} upgrades of the agent, ${total(load)} ${mode === "http" ? "requests" : "connections"}, ${load.failures.length} failed`);
  expect(load.failures).toEqual([]);
  // The same session held the record all the time, so nobody took the instance for gone.
  expect((await consul.kv.list(`rollpin/instances/${service}/`))[0]?.session).toBe(session);
  const [shown] = await consul.http.json<readonly { readonly ServicePort: number }[]>(`/v1/catalog/service/${service}`);
  expect(shown?.ServicePort).toBe(port);
  await until("one process is left", async () => (await agent.state()).inbound?.inFlight === 0);
});
