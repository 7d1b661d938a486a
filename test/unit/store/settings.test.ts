import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ConsulAddress, describeAddress } from "../../../core/store/consul/address.ts";
import { loadConsulSettings } from "../../../core/store/consul/load-settings.ts";
import { type ConsulFlags, type ConsulSettings, parseConsulSettings } from "../../../core/store/consul/settings.ts";

type Env = Readonly<Record<string, string>>;

function parsed(env: Env, flags: ConsulFlags = {}): ConsulSettings {
  const settings = parseConsulSettings({ env, flags });
  if (!settings.ok) throw new Error(settings.fault.join("; "));
  return settings.value;
}

function refused(env: Env, flags: ConsulFlags = {}): readonly string[] {
  const settings = parseConsulSettings({ env, flags });
  if (settings.ok) throw new Error("not refused");
  return settings.fault;
}

const tcp = (host: string, port: number, tls = false, pathPrefix = ""): ConsulAddress => ({ kind: "tcp", host, port, tls, pathPrefix });

describe("addresses", () => {
  const ADDRESSES: readonly (readonly [Env, ConsulAddress])[] = [
    [{}, tcp("127.0.0.1", 8500)],
    [{ CONSUL_HTTP_ADDR: "" }, tcp("127.0.0.1", 8500)],
    [{ CONSUL_HTTP_ADDR: "consul.example:8501" }, tcp("consul.example", 8501)],
    [{ CONSUL_HTTP_ADDR: "http://consul.example:8501" }, tcp("consul.example", 8501)],
    [{ CONSUL_HTTP_ADDR: "http://consul.example" }, tcp("consul.example", 80)],
    [{ CONSUL_HTTP_ADDR: "consul.example" }, tcp("consul.example", 80)],
    [{ CONSUL_HTTP_ADDR: "https://consul.example" }, tcp("consul.example", 443, true)],
    [{ CONSUL_HTTP_ADDR: "https://consul.example:8501/behind/" }, tcp("consul.example", 8501, true, "/behind")],
    [{ CONSUL_HTTP_ADDR: "consul.example:8501", CONSUL_HTTP_SSL: "1" }, tcp("consul.example", 8501, true)],
    [{ CONSUL_HTTP_ADDR: "http://consul.example:8501", CONSUL_HTTP_SSL: "true" }, tcp("consul.example", 8501, true)],
    [{ CONSUL_HTTP_ADDR: "https://consul.example:8501", CONSUL_HTTP_SSL: "false" }, tcp("consul.example", 8501, true)],
    [{ CONSUL_HTTP_ADDR: "[::1]:8500" }, tcp("::1", 8500)],
    [{ CONSUL_HTTP_ADDR: "unix:///run/consul.sock" }, { kind: "unix", path: "/run/consul.sock", tls: false }],
    [{ CONSUL_HTTP_ADDR: "unix://relative.sock" }, { kind: "unix", path: "relative.sock", tls: false }],
  ];
  test.each(ADDRESSES)("%j", (env, address) => {
    expect(parsed(env).address).toEqual(address);
  });

  test.each(["user@host:1", "http://ann:hush@host:8500", "ann:hush@host", "https://ann:hush@", "http://x:hush@h:1@host:1", "ftp://ann:hush@host"])("%j is refused without showing what may be a password", (address) => {
    const [message = ""] = refused({ CONSUL_HTTP_ADDR: address });
    expect(message).toContain("CONSUL_HTTP_ADDR has a user or a password in it");
    expect(message).not.toMatch(/hush|ann/);
  });

  test.each(["ftp://x:1", "host:notaport", "host:0", "host:70000", "ho st:1", "://", "unix://", "http://", "host:1?x", "http://[::1"])("%j is refused with its source", (address) => {
    const [fault, ...more] = refused({ CONSUL_HTTP_ADDR: address });
    expect(more).toEqual([]);
    expect(fault).toContain("CONSUL_HTTP_ADDR");
    expect(fault).toContain(JSON.stringify(address));
  });

  test.each(["http://consul.example:8501/p", "https://[::1]:8500", "unix:///run/consul.sock"])("%s is described as it is written", (address) => {
    expect(describeAddress(parsed({ CONSUL_HTTP_ADDR: address }).address)).toBe(address);
  });
});

describe("verification", () => {
  const VERIFY: readonly (readonly [string, boolean])[] = [["", true], ["1", true], ["true", true], ["TRUE", true], ["t", true], ["0", false], ["false", false], ["F", false]];
  test.each(VERIFY)("CONSUL_HTTP_SSL_VERIFY=%j", (text, verify) => {
    expect(parsed({ CONSUL_HTTP_SSL_VERIFY: text }).tls.verify).toBe(verify);
  });

  test.each(["no", "off", "yes", "falsch", " false", "tRuE", "2"])("CONSUL_HTTP_SSL_VERIFY=%j is refused, not taken for off", (text) => {
    expect(refused({ CONSUL_HTTP_SSL_VERIFY: text })).toEqual([expect.stringContaining("CONSUL_HTTP_SSL_VERIFY")]);
  });
});

describe("variables and flags", () => {
  const ENV: Env = {
    CONSUL_HTTP_TOKEN: "token",
    CONSUL_HTTP_TOKEN_FILE: "/token",
    CONSUL_HTTP_AUTH: "user:pass:word",
    CONSUL_NAMESPACE: "team",
    CONSUL_PARTITION: "part",
    CONSUL_CACERT: "/ca.pem",
    CONSUL_CAPATH: "/cas",
    CONSUL_CLIENT_CERT: "/cert.pem",
    CONSUL_CLIENT_KEY: "/key.pem",
    CONSUL_TLS_SERVER_NAME: "server.dc1.consul",
  };

  test("every variable is read", () => {
    expect(parsed(ENV)).toEqual({
      address: tcp("127.0.0.1", 8500),
      token: "token",
      tokenFile: "/token",
      basicAuth: "user:pass:word",
      datacenter: undefined,
      namespace: "team",
      partition: "part",
      tls: { verify: true, serverName: "server.dc1.consul", caFile: "/ca.pem", caPath: "/cas", certFile: "/cert.pem", keyFile: "/key.pem" },
    });
  });

  test("flags go before variables, one by one; an empty flag is none", () => {
    const flags = { address: "https://x:1", token: "t2", tokenFile: "f2", datacenter: "dc2", namespace: "n2", partition: "p2", caFile: "c2", caPath: "d2", certFile: "e2", keyFile: "k2", tlsServerName: "s2" };
    expect(parsed(ENV, flags)).toMatchObject({
      address: tcp("x", 1, true),
      token: "t2",
      tokenFile: "f2",
      datacenter: "dc2",
      namespace: "n2",
      partition: "p2",
      tls: { serverName: "s2", caFile: "c2", caPath: "d2", certFile: "e2", keyFile: "k2" },
    });
    expect(parsed(ENV, { token: "", namespace: "n3" })).toMatchObject({ token: "token", namespace: "n3" });
  });

  test("half a client certificate is refused, whichever half and wherever from", () => {
    expect(refused({ CONSUL_CLIENT_CERT: "/c" })).toEqual([expect.stringMatching(/CONSUL_CLIENT_CERT .*CONSUL_CLIENT_KEY/)]);
    expect(refused({ CONSUL_CLIENT_KEY: "/k" })).toEqual([expect.stringMatching(/CONSUL_CLIENT_KEY .*CONSUL_CLIENT_CERT/)]);
    expect(refused({}, { keyFile: "/k" })).toEqual([expect.stringContaining("the client key")]);
    expect(parsed({ CONSUL_CLIENT_CERT: "/c" }, { keyFile: "/k" }).tls).toMatchObject({ certFile: "/c", keyFile: "/k" });
  });

  test("a token that no header can carry is refused without being shown", () => {
    for (const token of ["se cret", "secret\n", "sécret"]) {
      const [fault] = refused({ CONSUL_HTTP_TOKEN: token });
      expect(fault).toContain("CONSUL_HTTP_TOKEN");
      expect(fault).not.toContain("cret\"");
      expect(fault).not.toContain(token);
    }
  });

  test("every error is told at once", () => {
    expect(refused({ CONSUL_HTTP_ADDR: "ftp://x", CONSUL_HTTP_SSL: "maybe", CONSUL_HTTP_SSL_VERIFY: "maybe", CONSUL_CLIENT_KEY: "/k", CONSUL_HTTP_TOKEN: "a b" })).toHaveLength(5);
  });
});

describe("files", () => {
  const PEM = readFileSync(new URL("../../contract/certificates/ca.pem", import.meta.url), "utf8");
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollpin-settings-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };

  test("a token file is trimmed and goes before the token, the flag's too; empty falls back; unreadable is an error", async () => {
    const file = await write("token", "  from-file \n");
    const load = (tokenFile: string) => loadConsulSettings(parsed({ CONSUL_HTTP_TOKEN_FILE: tokenFile }, { token: "flag" }));
    expect(await load(file)).toMatchObject({ ok: true, value: { token: "from-file" } });
    expect(await load(await write("empty", " \n"))).toMatchObject({ ok: true, value: { token: "flag" } });
    expect(await load(join(folder, "missing"))).toMatchObject({ ok: false, fault: [expect.stringContaining("missing")] });
    expect(await load(await write("two", "one two"))).toMatchObject({ ok: false, fault: [expect.not.stringContaining("one two")] });
  });

  test("a CA file goes before a CA folder; a folder gives all of its files", async () => {
    await mkdir(join(folder, "cas"));
    await write("cas/a.pem", `${PEM}a`);
    await write("cas/b.pem", `${PEM}b`);
    const caPath = join(folder, "cas");
    expect(await loadConsulSettings(parsed({ CONSUL_CAPATH: caPath }))).toMatchObject({ ok: true, value: { tls: { ca: expect.toSatisfy((ca: string[]) => ca.toSorted().join() === `${PEM}a,${PEM}b`) as string[] } } });
    expect(await loadConsulSettings(parsed({ CONSUL_CAPATH: caPath, CONSUL_CACERT: await write("ca.pem", PEM) }))).toMatchObject({ ok: true, value: { tls: { ca: [PEM] } } });
  });

  test("what is missing, empty or no PEM is told, all of it", async () => {
    await mkdir(join(folder, "none"));
    expect(await loadConsulSettings(parsed({ CONSUL_CAPATH: join(folder, "none") }))).toMatchObject({ ok: false, fault: [expect.stringContaining("empty")] });
    const junk = await write("junk.pem", "junk");
    const loaded = await loadConsulSettings(parsed({ CONSUL_CACERT: junk, CONSUL_CLIENT_CERT: join(folder, "no.pem"), CONSUL_CLIENT_KEY: junk, CONSUL_HTTP_TOKEN_FILE: folder }));
    expect(loaded.ok ? [] : loaded.fault).toHaveLength(4);
  });

  test("PEM around no certificate, and a key of another one, are told before anything is asked", async () => {
    const pem = (name: string): string => new URL(`../../contract/certificates/${name}.pem`, import.meta.url).pathname;
    const empty = await write("empty.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    expect(await loadConsulSettings(parsed({ CONSUL_CACERT: empty }))).toMatchObject({ ok: false, fault: [expect.stringMatching(/the CA file \S+empty\.pem holds no certificate that can be read/)] });
    const pair = (key: string) => loadConsulSettings(parsed({ CONSUL_CLIENT_CERT: pem("client"), CONSUL_CLIENT_KEY: pem(key) }));
    expect(await pair("client-key")).toMatchObject({ ok: true });
    expect(await pair("server-key")).toMatchObject({ ok: false, fault: [expect.stringContaining("can't be used together")] });
  });
});
