/** What can be wrong with TLS, on a real Consul: one clear sentence each, with what to do, and the exit code of its kind. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePorts } from "../../../core/free-ports.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { rollpin } from "../../support/rollpin.ts";
import { flat } from "./story.ts";

const pem = (name: string): string => fileURLToPath(new URL(`../../contract/certificates/${name}.pem`, import.meta.url));
const NAME = { CONSUL_TLS_SERVER_NAME: "server.dc1.consul" };
const CA = { CONSUL_CACERT: pem("ca") };
const ID = { CONSUL_CLIENT_CERT: pem("client"), CONSUL_CLIENT_KEY: pem("client-key") };

interface Secured {
  readonly consul: ConsulServer;
  readonly address: string;
}
const servers: Secured[] = [];
let folder = "";

async function secured(certificate: string, verifies: boolean): Promise<Secured> {
  const [https = 0] = await freePorts(1);
  const consul = await startConsul({ config: { cert_file: pem(certificate), key_file: pem(`${certificate}-key`), ca_file: pem("ca"), verify_incoming_https: verifies, ports: { https } } });
  const one = { consul, address: `127.0.0.1:${https}` };
  servers.push(one);
  return one;
}

let good: Secured;
let expired: Secured;
let future: Secured;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rp-tls-faults-"));
  await writeFile(join(folder, "garbage.pem"), "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n");
  [good, expired, future] = [await secured("server", true), await secured("expired", false), await secured("future", false)];
});
afterAll(async () => {
  await Promise.all(servers.map(({ consul }) => consul.stop()));
  await rm(folder, { recursive: true, force: true });
});

const FAULTS: readonly { readonly name: string; readonly address: () => string; readonly environment: () => Readonly<Record<string, string>>; readonly code: number; readonly says: RegExp }[] = [
  { name: "Consul's certificate has expired", address: () => `https://${expired.address}`, environment: () => ({ ...NAME, CONSUL_CACERT: pem("expired") }), code: 6, says: /Consul's certificate has expired: renew it there/ },
  { name: "Consul's certificate is not valid yet", address: () => `https://${future.address}`, environment: () => ({ ...NAME, CONSUL_CACERT: pem("future") }), code: 6, says: /Consul's certificate is not valid yet: look at this host's clock/ },
  { name: "the client's certificate is of another authority", address: () => `https://${good.address}`, environment: () => ({ ...NAME, ...CA, CONSUL_CLIENT_CERT: pem("future"), CONSUL_CLIENT_KEY: pem("future-key") }), code: 6, says: /Consul refuses this client's certificate/ },
  { name: "http to a port that speaks TLS", address: () => `http://${good.address}`, environment: () => ({}), code: 6, says: /what answers there speaks TLS only: write https:\/\/ instead of http:\/\// },
  { name: "https to a port that doesn't", address: () => `https://${good.consul.address}`, environment: () => ({ ...NAME, ...CA }), code: 6, says: /what answers there speaks no TLS: write http:\/\/ instead of https:\/\// },
  { name: "a key of another certificate", address: () => `https://${good.address}`, environment: () => ({ ...NAME, ...CA, ...ID, CONSUL_CLIENT_KEY: pem("server-key") }), code: 2, says: /client\.pem and the key \S+server-key\.pem can't be used together/ },
  { name: "PEM around no certificate", address: () => `https://${good.address}`, environment: () => ({ ...NAME, ...ID, CONSUL_CACERT: join(folder, "garbage.pem") }), code: 2, says: /the CA file \S+garbage\.pem holds no certificate that can be read/ },
  { name: "a file that is a folder", address: () => `https://${good.address}`, environment: () => ({ ...NAME, ...CA, ...ID, CONSUL_CLIENT_KEY: folder }), code: 2, says: /the client key \S+ can't be read: EISDIR/ },
];

it.each(FAULTS)("$name", async ({ address, code, environment, says }) => {
  const ran = await rollpin(["status"], { consul: address(), environment: environment() });
  expect({ code: ran.code, stdout: ran.stdout, said: flat(ran.stderr) }).toEqual({ code, stdout: "", said: expect.stringMatching(says) });
  expect(ran.stderr).not.toMatch(/\n +at /);
});
