import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePorts } from "../../../core/free-ports.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, processYaml, registered, runs } from "./story.ts";

const pem = (name: string): string => fileURLToPath(new URL(`../../contract/certificates/${name}.pem`, import.meta.url));
const CA = { CONSUL_CACERT: pem("ca"), CONSUL_TLS_SERVER_NAME: "server.dc1.consul" };
const ID = { CONSUL_CLIENT_CERT: pem("client"), CONSUL_CLIENT_KEY: pem("client-key") };

let consul: ConsulServer;
let https = "";
let socket = "";
let folder = "";
const agents: TestAgent[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rp-tls-"));
  socket = join(folder, "consul.sock");
  const [port = 0] = await freePorts(1);
  https = `https://127.0.0.1:${port}`;
  const tls = { cert_file: pem("server"), key_file: pem("server-key"), ca_file: pem("ca"), verify_incoming_https: true };
  consul = await startConsul({ config: { ...tls, ports: { https: port }, addresses: { http: `127.0.0.1 unix://${socket}` } } });
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.remove()));
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
});

const RELEASES = { "1.0.0": "good.js", "2.0.0": "good.js" };

describe("mutual TLS", () => {
  it("agent and CLI work over it, by environment and by the agent's file", async () => {
    const byEnvironment = await startAgent({ consul: https, environment: { ...CA, ...ID }, service: "secured", releases: RELEASES, yaml: processYaml() });
    const lines = `consul: { address: "${https}", caFile: ${pem("ca")}, certFile: ${pem("client")}, keyFile: ${pem("client-key")}, tlsServerName: server.dc1.consul }\n`;
    const byFile = await startAgent({ consul: "127.0.0.1:1", service: "secured", instance: "secured-2", releases: RELEASES, yaml: `${lines}${processYaml()}` });
    agents.push(byEnvironment, byFile);
    await registered(consul, "secured", "1.0.0", "2.0.0");
    await until("both report", async () => (await consul.kv.list("rollpin/instances/secured/")).length === 2);
    const options = { consul: https, environment: { ...CA, ...ID } };
    expect(flat((await expectExit(0, ["pin", "secured", "1.0.0", "--yes"], options)).stdout)).toContain("2/2 applied");
    expect(flat((await expectExit(0, ["pin", "secured", "2.0.0", "--yes"], options)).stdout)).toContain("2/2 applied");
    expect(flat((await expectExit(0, ["rollback", "secured", "--yes"], options)).stdout)).toContain("2/2 applied");
    await runs(byEnvironment, "1.0.0");
    await runs(byFile, "1.0.0");
    expect((await expectExit(0, ["doctor"], options)).stdout).toMatch(/tls/);
  });

  const REFUSED = [
    { name: "no client certificate", environment: CA, says: /wants one: give it with CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY/ },
    { name: "an unknown authority", environment: { ...ID, CONSUL_TLS_SERVER_NAME: "server.dc1.consul" }, says: /no authority that is trusted here.*CONSUL_CACERT/ },
    { name: "another server's name", environment: { ...ID, CONSUL_CACERT: pem("ca") }, says: /another name.*CONSUL_TLS_SERVER_NAME/ },
  ];
  it.each(REFUSED)("$name: exit 6 with the reason", async ({ environment, says }) => {
    const ran = await rollpin(["status"], { consul: https, environment });
    expect(ran.code, ran.stderr).toBe(6);
    expect(flat(ran.stderr)).toMatch(says);
  });

  it("a certificate without its key, or a file that isn't there, is bad usage and told before anything is asked", async () => {
    const half = await rollpin(["status"], { consul: https, environment: { ...CA, CONSUL_CLIENT_CERT: pem("client") } });
    expect(half.code).toBe(2);
    expect(half.stderr).toContain("CONSUL_CLIENT_KEY");
    const missing = await rollpin(["status"], { consul: https, environment: { ...ID, CONSUL_CACERT: "/nowhere/ca.pem" } });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("the CA file /nowhere/ca.pem can't be read");
  });
});

describe("a unix socket", () => {
  it("serves agent and CLI", async () => {
    const agent = await startAgent({ consul: `unix://${socket}`, service: "socketed", releases: RELEASES, yaml: processYaml() });
    agents.push(agent);
    await registered(consul, "socketed", "1.0.0");
    await expectExit(0, ["pin", "socketed", "1.0.0", "--yes"], { consul: `unix://${socket}` });
    await runs(agent, "1.0.0");
  });
});
