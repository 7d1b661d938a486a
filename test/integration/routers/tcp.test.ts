/** What the built-in router does in mode `tcp` when instances don't say a word: real sockets, no Consul. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ProxyRouter } from "../../../agent/routers/proxy-router.ts";
import { until } from "../../support/until.ts";
import { closeAll, endpoint, follow, openTestRouter, whenClosed } from "./router-rig.ts";

afterEach(closeAll);

interface Instance {
  readonly port: number;
  /** From now on it does that with new connections. */
  serve(how: (socket: Socket) => void): void;
  readonly taken: () => number;
}

async function instance(first: (socket: Socket) => void): Promise<Instance> {
  let how = first;
  let taken = 0;
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    taken += 1;
    open.add(socket.on("error", () => undefined).once("close", () => open.delete(socket)));
    how(socket);
  });
  whenClosed(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, serve: (next) => (how = next), taken: () => taken };
}

const echo = (socket: Socket): void => void socket.on("data", (bytes) => socket.write(bytes));
const greet = (socket: Socket): void => void socket.resume().write("220 well\r\n");
const keepSilent = (socket: Socket): void => void socket.resume();
const reset = (socket: Socket): void => void socket.once("data", () => socket.resetAndDestroy());
const hangUp = (socket: Socket): void => void socket.once("data", () => socket.end());

/** As a host that is gone: a process that is stopped, whose queue of connections is full. */
async function deaf(): Promise<number> {
  const child = spawn(process.execPath, ["-e", `const s = require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => { process.stdout.write(String(s.address().port)); });`], { stdio: ["ignore", "pipe", "inherit"] });
  whenClosed(() => child.kill("SIGKILL"));
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGSTOP");
  const port = Number(text.toString());
  for (let number = 0; number < 8; number += 1) {
    const filling = connect(port, "127.0.0.1").on("error", () => undefined);
    whenClosed(() => filling.destroy());
  }
  return port;
}

/** One connection to its first byte, or to its end without one. */
function say(port: number, words: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (heard: string): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once("data", (bytes) => end(bytes.toString())).on("error", () => end("broken")).once("close", () => end("broken"));
    if (words !== undefined) socket.write(words);
  });
}

/** Both, once the router has heard the one that is well. */
async function followBoth(router: ProxyRouter, other: Instance, well: Instance, words: string | undefined): Promise<void> {
  follow(router, { instances: [endpoint("1.0.0", well.port)] });
  await say(router.port, words);
  follow(router, { instances: [endpoint("1.0.0", other.port), endpoint("1.0.0", well.port)] });
}

async function leftOut(router: ProxyRouter, words: string | undefined): Promise<readonly string[]> {
  return until("it is left out", async () => {
    await say(router.port, words);
    return router.leftOut().length > 0 && router.leftOut();
  });
}

describe("in mode tcp an instance", () => {
  it("that takes connections and never says a byte is broken off at the time limit and left out; it comes back when it is well", { timeout: 90_000 }, async () => {
    const router = await openTestRouter({ mode: "tcp", responseTimeout: "300ms" });
    const [silent, well] = [await instance(keepSilent), await instance(echo)];
    await followBoth(router, silent, well, "hello");
    expect(await leftOut(router, "hello")).toEqual([`127.0.0.1:${silent.port}`]);
    expect(router.tally.failures.late).toBeGreaterThanOrEqual(3);
    silent.serve(echo);
    const before = silent.taken();
    await until("it is back", async () => (await say(router.port, "hello")) === "hello" && router.leftOut().length === 0 && silent.taken() > before);
  });

  it.each([
    ["resets", reset],
    ["hangs up", hangUp],
  ])("that %s without a word is left out", async (_, how) => {
    const router = await openTestRouter({ mode: "tcp" });
    const [bad, well] = [await instance(how), await instance(echo)];
    await followBoth(router, bad, well, "hello");
    expect(await leftOut(router, "hello")).toEqual([`127.0.0.1:${bad.port}`]);
    expect(router.tally.failures.lost).toBeGreaterThanOrEqual(3);
  });

  it("that doesn't greet where others do is left out, though its clients say nothing either", async () => {
    const router = await openTestRouter({ mode: "tcp", responseTimeout: "300ms" });
    const [silent, well] = [await instance(keepSilent), await instance(greet)];
    await followBoth(router, silent, well, undefined);
    expect(await leftOut(router, undefined)).toEqual([`127.0.0.1:${silent.port}`]);
  });

  it("of a service that only listens is never taken for a sick one, nor its connections broken off", async () => {
    const router = await openTestRouter({ mode: "tcp", responseTimeout: "100ms" });
    const heard: string[] = [];
    const listen = (): Promise<Instance> => instance((socket) => void socket.on("data", (bytes) => heard.push(bytes.toString())));
    follow(router, { instances: [endpoint("1.0.0", (await listen()).port), endpoint("1.0.0", (await listen()).port)] });
    const client = connect(router.port, "127.0.0.1");
    client.write("first");
    await until("it is heard", () => heard.join("") === "first");
    // Others go through the time limit meanwhile.
    const second = await openTestRouter({ mode: "tcp", responseTimeout: "300ms" });
    const [silent, well] = [await instance(keepSilent), await instance(echo)];
    await followBoth(second, silent, well, "hello");
    await leftOut(second, "hello");
    client.write(", second");
    await until("it is heard", () => heard.join("") === "first, second");
    expect(router.tally.failures).toEqual({ refused: 0, lost: 0, late: 0 });
    client.destroy();
  });

  it("whose host takes no connection, nor refuses any, is passed over", async () => {
    const router = await openTestRouter({ mode: "tcp", hold: "30s" });
    const [full, well] = [await deaf(), await instance(echo)];
    follow(router, { instances: [endpoint("1.0.0", full), endpoint("1.0.0", well.port)] });
    await until("it was passed over", async () => {
      expect(await say(router.port, "hello")).toBe("hello");
      return (router.tally.failures.late ?? 0) > 0;
    });
  });
});
