/** What lets an agent in to Consul is replaced on disk while it lives: used at once where it is good, reported and left where it isn't. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { aclRulesOf, hclOf } from "../../../cli/doctor/acl-policy.ts";
import { freePorts } from "../../../core/free-ports.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, processYaml, registered, runs } from "./story.ts";

const PATIENT = { deadlineMs: 90_000 };
const pem = (name: string): string => fileURLToPath(new URL(`../../contract/certificates/${name}.pem`, import.meta.url));
const text = (name: string): Promise<string> => readFile(pem(name), "utf8");

let consul: ConsulServer;
let https = 0;
let agent: TestAgent | undefined;

beforeAll(async () => {
  [https = 0] = await freePorts(1);
  consul = await startConsul({ acl: true, config: { cert_file: pem("server"), key_file: pem("server-key"), ca_file: pem("ca"), verify_incoming_https: true, ports: { https } } });
});
afterAll(async () => {
  await agent?.remove();
  await consul.stop();
});

const pin = (version: string) => expectExit(0, ["pin", "rotated", version, "--yes", "--no-wait"], { consul: consul.address, token: consul.managementToken });

it("token, authority and certificate change under a living agent", { timeout: 300_000 }, async () => {
  const rules = hclOf(aclRulesOf("agent", { prefix: "rollpin", service: "rotated" }));
  const [first, second] = [await consul.createToken(rules), await consul.createToken(rules)];
  const yaml = `consul: { address: "https://127.0.0.1:${https}", tokenFile: ./token, caFile: ./ca.pem, certFile: ./client.pem, keyFile: ./client-key.pem, tlsServerName: server.dc1.consul }\n${processYaml()}`;
  const files = { token: first, "ca.pem": await text("ca"), "client.pem": await text("client"), "client-key.pem": await text("client-key") };
  const one = await startAgent({ consul: "127.0.0.1:1", service: "rotated", releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, files, yaml });
  agent = one;
  const put = async (name: string, content: string): Promise<void> => {
    await writeFile(join(one.folder, `${name}.new`), content);
    await rename(join(one.folder, `${name}.new`), join(one.folder, name));
  };
  const says = (what: RegExp): Promise<unknown> => until(`its log says ${what.source}`, async () => what.test(await one.log()), PATIENT);
  const uses = async (name: string, content: string): Promise<void> => {
    const before = (await one.log()).split('"credentials"').length;
    await put(name, content);
    await until(`the new ${name} is used`, async () => (await one.log()).split('"credentials"').length > before, PATIENT);
  };

  await registered(consul, "rotated", "1.0.0", "2.0.0");
  await pin("1.0.0");
  await runs(one, "1.0.0");
  await uses("token", `${second}\n`);
  await consul.revokeToken(first);
  await pin("2.0.0");
  await runs(one, "2.0.0");
  const { pid } = (await one.state()).record;

  await put("ca.pem", "no certificate at all\n");
  await says(/the CA file \S+ca\.pem is not PEM: .*what was read before stays in force/);
  await put("ca.pem", files["ca.pem"]);
  await put("client-key.pem", await text("server-key"));
  await says(/the client certificate \S+client\.pem and the key \S+client-key\.pem can't be used together .*what was read before stays in force/);
  await put("client-key.pem", files["client-key.pem"]);
  expect((await one.state()).consul.connected).toBe(true);

  // Good in itself, and of nobody that this Consul knows: held, and asked again until it is put right.
  await uses("ca.pem", await text("expired"));
  await until("it says that Consul isn't trusted", async () => {
    const { consul: seen } = await one.state();
    return !seen.connected && /no authority that is trusted here: name that authority's file with CONSUL_CACERT/.test(seen.lastFault ?? "");
  }, PATIENT);
  expect((await one.state()).record).toMatchObject({ version: "2.0.0", pid });
  await uses("ca.pem", files["ca.pem"]);
  await runs(one, "2.0.0");
  await until("Consul answers again", async () => (await one.state()).consul.connected, PATIENT);
  expect((await one.state()).record.pid).toBe(pid);
  expect(await one.log()).not.toContain(second);
});
