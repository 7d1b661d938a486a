/** TLS, client certificates and unix sockets, against a real Consul and by an operator's settings. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { loadConsulSettings } from "../../core/store/consul/load-settings.ts";
import { parseConsulSettings } from "../../core/store/consul/settings.ts";
import { createConsulStore } from "../../core/store/consul/store.ts";
import type { Store } from "../../core/store/port.ts";
import { type ConsulServer, startConsul } from "../support/consul-server.ts";
import { freePorts } from "../../core/free-ports.ts";
import { must, mustFail } from "./must.ts";

const pem = (name: string): string => fileURLToPath(new URL(`certificates/${name}.pem`, import.meta.url));

let consul: ConsulServer | undefined;
let folder = "";
let https = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-tls-"));
  [https = 0] = await freePorts(1);
  const tls = { cert_file: pem("server"), key_file: pem("server-key"), ca_file: pem("ca"), verify_incoming_https: true };
  consul = await startConsul({ config: { ...tls, ports: { https }, addresses: { http: `127.0.0.1 unix://${join(folder, "consul.sock")}` } } });
});
afterAll(async () => {
  await consul?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function using(env: Readonly<Record<string, string>>, use: (store: Store) => Promise<void>): Promise<void> {
  const settings = parseConsulSettings({ env: { CONSUL_HTTP_ADDR: `https://127.0.0.1:${https}`, ...env } });
  if (!settings.ok) throw new Error(settings.fault.join("; "));
  const loaded = await loadConsulSettings(settings.value);
  if (!loaded.ok) throw new Error(loaded.fault.join("; "));
  const store = createConsulStore(loaded.value, { prefix: "rollpin", clock: systemClock, timeoutMs: 2_000 });
  try {
    await use(store);
  } finally {
    store.close();
  }
}

const ID = { CONSUL_CLIENT_CERT: pem("client"), CONSUL_CLIENT_KEY: pem("client-key") };
const CA = { CONSUL_CACERT: pem("ca") };
const NAME = { CONSUL_TLS_SERVER_NAME: "server.dc1.consul" };

async function works(store: Store): Promise<void> {
  must(await store.transact([{ kind: "delete", key: "nothing" }]));
  must(await store.list("nothing/"));
  must(await store.block("nothing/", 0, { waitMs: 1_000 }));
}

describe("TLS", () => {
  test("CA, client certificate and server name", () => using({ ...ID, ...CA, ...NAME }, works));
  test("verification switched off", () => using({ ...ID, CONSUL_HTTP_SSL_VERIFY: "false" }, works));
  test("CONSUL_HTTP_SSL with a bare address, whose name is the certificate's", () => using({ ...ID, ...CA, CONSUL_HTTP_SSL: "true", CONSUL_HTTP_ADDR: `localhost:${https}` }, works));
  test("a unix socket", () => using({ CONSUL_HTTP_ADDR: `unix://${join(folder, "consul.sock")}` }, works));

  const REFUSED: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ["an unknown CA", { ...ID, ...NAME }, /certificate|self.signed|issuer/i],
    ["a certificate for another name", { ...ID, ...CA }, /altnames|does not match/i],
    ["no client certificate", { ...CA, ...NAME }, /certificate|closed|alert|hang up/i],
  ];
  test.each(REFUSED)("%s: unreachable, with the reason, and nothing sent", async (_name, env, reason) => {
    await using(env, async (store) => {
      expect(mustFail(await store.list("nothing/"), "unreachable").cause).toMatch(reason);
      expect(mustFail(await store.block("nothing/", 0, { waitMs: 1_000 }), "unreachable").cause).toMatch(reason);
    });
  });

  test("a write over a connection whose server isn't trusted is known not to have happened", () => using({ ...ID, ...NAME }, async (store) => void mustFail(await store.transact([{ kind: "delete", key: "nothing" }]), "unreachable")));
});
