/** The launcher and the harness on real Consul: what starts, what ends with whom, what is left. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askConsul } from "../../cli/launcher/ask-consul.ts";
import { runDev } from "../../cli/launcher/dev.ts";
import { freePorts } from "../../core/free-ports.ts";
import { obtainConsul } from "../../cli/launcher/obtain.ts";
import { startDevConsul } from "../../cli/launcher/start-dev.ts";
import { type ConsulOptions, type ConsulServer, startConsul, testConsulBinary } from "../support/consul-server.ts";
import { until } from "../support/until.ts";

const never = new AbortController().signal;
const started: ConsulServer[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-launcher-"));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function consul(options?: ConsulOptions): Promise<ConsulServer> {
  const server = await startConsul(options);
  started.push(server);
  return server;
}

function isSilent(address: string): Promise<boolean> {
  return askConsul(address, "/v1/status/leader", { timeoutMs: 1_000 }).then(
    () => false,
    () => true,
  );
}

/** The folders of servers whose owner is `pid`. */
async function foldersOf(pid: number): Promise<string[]> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith("rollpin-consul-"));
  const owners = await Promise.all(names.map((name) => readFile(join(tmpdir(), name, "owner.pid"), "utf8").catch(() => "")));
  return names.filter((_, index) => owners[index]?.trim() === String(pid));
}

describe("obtaining", () => {
  const osRelease = existsSync("/etc/os-release") ? "/etc/os-release" : undefined;

  it("gets a Consul that runs from Debian's packages, or says clearly why not", async () => {
    const text = osRelease === undefined ? "" : await readFile(osRelease, "utf8");
    const lines: string[] = [];
    // No release host, and no consul on PATH: what is left is apt. The cache is another one, so that it really obtains.
    const obtained = await obtainConsul({
      env: { ...process.env, CONSUL_HTTP_ADDR: undefined, PATH: (process.env["PATH"] ?? "").split(":").filter((entry) => !existsSync(join(entry, "consul"))).join(":") },
      cacheDir: join(folder, "cache"),
      report: (line) => lines.push(line),
      signal: never,
      releaseHost: "http://127.0.0.1:9",
    });
    if (!/^ID=debian$/m.test(text)) {
      if (!obtained.ok) expect(obtained.fault).toMatch(/apt: [\s\S]*HashiCorp's release: [\s\S]*install consul so that it is on PATH/);
      return;
    }
    if (!obtained.ok) throw new Error(obtained.fault);
    expect(obtained.value).toMatchObject({ kind: "binary", from: "debian" });
    expect(lines).toHaveLength(1);
    const binary = obtained.value.kind === "binary" ? obtained.value.path : "";
    const [version = ""] = await readdir(join(folder, "cache"));
    expect(dirname(binary)).toBe(join(folder, "cache", version));
    const own = await startDevConsul({ binary, signal: never });
    if (!own.ok) throw new Error(own.fault);
    await own.value.stop();
  }, 150_000);
});

describe("startConsul", () => {
  it("is ready for keys and sessions at once, five of them at the same time", async () => {
    const servers = await Promise.all(Array.from({ length: 5 }, () => consul()));
    expect(new Set(servers.map((server) => server.address)).size).toBe(5);
    for (const [index, server] of servers.entries()) {
      expect(await server.kv.list("")).toEqual([]);
      await server.kv.put("a b/ü", `server ${index}`);
      expect((await server.http.json<{ ID: string }>("/v1/session/create", { method: "PUT", body: { TTL: "10s" } })).ID).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(await Promise.all(servers.map((server) => server.kv.get("a b/ü")))).toEqual(servers.map((_, index) => `server ${index}`));
  });

  it("loses everything on a restart in memory, indexes too, on the same address", async () => {
    const server = await consul();
    for (let count = 0; count < 50; count += 1) await server.kv.put("k", String(count));
    const before = (await server.kv.entry("k"))?.modifyIndex ?? 0;
    await server.kill();
    expect(await isSilent(server.address)).toBe(true);
    await server.restart();
    expect(await server.kv.get("k")).toBeUndefined();
    await server.kv.put("k", "x");
    expect((await server.kv.entry("k"))?.modifyIndex).toBeLessThan(before);
  });

  it("keeps what was acknowledged through SIGKILL where it is persistent", async () => {
    const server = await consul({ persistent: true });
    await server.kv.put("k", Buffer.from([0, 255, 10]));
    await server.kill();
    await server.restart();
    expect((await server.kv.entry("k"))?.value).toEqual(Buffer.from([0, 255, 10]));
  });

  it("holds its breath between pause and resume", async () => {
    const server = await consul();
    await server.pause();
    await expect(askConsul(server.address, "/v1/status/leader", { timeoutMs: 300 })).rejects.toThrow(/no answer within 300 ms/);
    server.resume();
    await server.kv.put("k", "v");
  });

  it("snapshots and restores", async () => {
    const server = await consul();
    await server.kv.put("k", "old");
    const snapshot = await server.snapshot();
    await server.kv.put("k", "new");
    await server.restore(snapshot);
    expect(await server.kv.get("k")).toBe("old");
  });

  it("denies by default with ACLs, and lets a token do what its rules say until it is revoked", async () => {
    const server = await consul({ acl: true });
    await server.kv.put("mine/k", "v");
    await server.kv.put("other/k", "v");
    const token = await server.createToken('key_prefix "mine/" { policy = "read" }');
    expect((await server.http.ask("/v1/kv/mine/k?raw", { token })).body.toString()).toBe("v");
    await expect(server.http.ask("/v1/kv/other/k", { token })).rejects.toThrow(/403/);
    await expect(server.http.ask("/v1/kv/mine/k", { token, method: "PUT", body: "x" })).rejects.toThrow(/403/);
    expect((await askConsul(server.address, "/v1/kv/mine/k")).status).toBe(403);
    await server.revokeToken(token);
    await expect(server.http.ask("/v1/kv/mine/k", { token })).rejects.toThrow(/403/);
  });

  it("elects another of three when the leader is killed, and takes it back", async () => {
    const cluster = await consul({ servers: 3 });
    await cluster.kv.put("k", "v");
    const first = await cluster.leaderIndex();
    await cluster.kill(first);
    const second = await cluster.leaderIndex();
    expect(second).not.toBe(first);
    await until("a write after the election", () => cluster.kv.put("k", "w").then(() => true));
    await cluster.restart(first);
    const answer = await askConsul(cluster.addresses[first] ?? "", "/v1/kv/k?raw");
    expect(answer.body.toString()).toBe("w");
  });
});

describe("startDevConsul", () => {
  it("says so when the port that was asked for is taken", async () => {
    const taken = createServer((socket) => socket.on("error", () => {}).destroy());
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const result = await startDevConsul({ binary: testConsulBinary(), httpPort: port, signal: never });
    await new Promise((resolve) => taken.close(resolve));
    expect(result).toEqual({ ok: false, fault: `port ${port} on 127.0.0.1 is taken: stop what listens there, or choose another port` });
    expect(await foldersOf(process.pid)).toEqual([]);
  });

  it("keeps data in the folder it was given", async () => {
    const write = await startDevConsul({ binary: testConsulBinary(), dataDir: folder, signal: never });
    if (!write.ok) throw new Error(write.fault);
    await askConsul(write.value.address, "/v1/kv/k", { method: "PUT", body: "v" });
    await write.value.stop();
    const read = await startDevConsul({ binary: testConsulBinary(), dataDir: folder, signal: never });
    if (!read.ok) throw new Error(read.fault);
    expect((await askConsul(read.value.address, "/v1/kv/k?raw")).body.toString()).toBe("v");
    await read.value.stop();
  });

  it.each([0, 20, 60, 100])("leaves nothing when the start is ended after %i ms", async (ms) => {
    const result = await startDevConsul({ binary: testConsulBinary(), signal: AbortSignal.timeout(ms) });
    if (result.ok) await result.value.stop();
    expect(await foldersOf(process.pid)).toEqual([]);
  });

  it("passes on what Consul says about a setting it doesn't know", async () => {
    const result = await startDevConsul({ binary: testConsulBinary(), config: { no_such_setting: 1 }, signal: never });
    expect(result).toEqual({ ok: false, fault: expect.stringContaining("no_such_setting") as string });
  });

  it("ends, and its folder goes, when its owner is killed with SIGKILL", async () => {
    const script = join(folder, "owner.mjs");
    const contents = `
      import { startDevConsul } from "./cli/launcher/start-dev.ts";
      const started = await startDevConsul({ binary: process.argv[2], signal: new AbortController().signal });
      console.log(started.ok ? started.value.address : started.fault);
      setInterval(() => {}, 1000);`;
    await build({ stdin: { contents, resolveDir: process.cwd() }, bundle: true, platform: "node", format: "esm", outfile: script, logLevel: "error" });
    const owner = spawn(process.execPath, [script, testConsulBinary()], { stdio: ["ignore", "pipe", "inherit"] });
    const [address] = (await once(createInterface({ input: owner.stdout }), "line")) as [string];
    expect(await isSilent(address)).toBe(false);
    const pid = owner.pid ?? 0;
    expect(await foldersOf(pid)).toHaveLength(1);
    owner.kill("SIGKILL");
    await until("Consul gone with its owner", () => isSilent(address));
    await until("its folder gone too", async () => (await foldersOf(pid)).length === 0);
  });
});

describe("runDev", () => {
  function capture() {
    const written = { out: "", err: "" };
    return {
      written,
      stdout: { write: (text: string) => (written.out += text) },
      stderr: { write: (text: string) => (written.err += text) },
      env: { ...process.env, PATH: dirname(testConsulBinary()) },
    };
  }

  it("prints the address, serves until Ctrl-C, and leaves nothing", async () => {
    const { written, ...io } = capture();
    const ctrlC = new AbortController();
    const [port] = await freePorts(1);
    const done = runDev({ ...io, signal: ctrlC.signal, ...(port === undefined ? {} : { port }) });
    const address = `127.0.0.1:${port}`;
    await until("the address is printed", () => written.out.includes(`export CONSUL_HTTP_ADDR=${address}\n`));
    expect((await askConsul(address, "/v1/kv/k", { method: "PUT", body: "v" })).body.toString().trim()).toBe("true");
    ctrlC.abort();
    expect(await done).toBe(0);
    expect(await isSilent(address)).toBe(true);
    expect(await foldersOf(process.pid)).toEqual([]);
    expect(written.err).toBe("");
  });

  it("is exit 6 with the reason when the port is taken, and exit 0 when it was ended before it began", async () => {
    const { written, ...io } = capture();
    const server = await consul();
    const port = Number(server.address.split(":")[1]);
    expect(await runDev({ ...io, signal: never, port })).toBe(6);
    expect(written.err).toContain(`port ${port} on 127.0.0.1 is taken`);
    expect(await runDev({ ...io, signal: AbortSignal.abort() })).toBe(0);
    expect(written.out).toBe("");
  });
});
