import { type Socket, connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../../../support/until.ts";
import { closeAll, deadPort, open, tcpService } from "./door-rig.ts";

afterEach(closeAll);

interface Client {
  readonly socket: Socket;
  heard(): string;
  isClosed(): boolean;
}

function dial(port: number): Client {
  let heard = "";
  let isClosed = false;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.setEncoding("latin1").on("data", (chunk: string) => (heard += chunk)).on("error", () => undefined).once("close", () => (isClosed = true));
  return { socket, heard: () => heard, isClosed: () => isClosed };
}

/** Says its name at once, and answers what it heard when the other side has said all. */
const named = (name: string) => (socket: Socket) => {
  socket.write(`${name} `);
  let heard = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (heard += chunk)).once("end", () => socket.end(`heard ${heard}`));
};

describe("inbound tcp", () => {
  it("keeps a half-closed connection: the client ends, and still hears all", async () => {
    const inbound = await open({ mode: "tcp" });
    await inbound.route("1.0.0", await tcpService(named("one")));
    const client = dial(inbound.port);
    client.socket.end("all of it");
    await until("it hears the end", () => client.heard() === "one heard all of it" && client.isClosed());
    await until("it is counted out", () => inbound.state().inFlight === 0);
  });

  it("leaves connections at the former process until they end, new ones go to the new", async () => {
    const inbound = await open({ mode: "tcp", drainLimit: "30s" });
    const [one, two] = [await tcpService(named("one")), await tcpService(named("two"))];
    await inbound.route("1.0.0", one);
    const former = dial(inbound.port);
    await until("it is there", () => former.heard() === "one ");
    await inbound.route("2.0.0", two);
    const drained = inbound.drained(one, new AbortController().signal);
    const next = dial(inbound.port);
    await until("the new one is asked", () => next.heard() === "two ");
    former.socket.end("x");
    await drained;
    await until("the former one heard its end", () => former.heard() === "one heard x");
    next.socket.destroy();
  });

  it("cuts those that are left at the limit", async () => {
    const inbound = await open({ mode: "tcp", drainLimit: "50ms" });
    const one = await tcpService(named("one"));
    await inbound.route("1.0.0", one);
    const client = dial(inbound.port);
    await until("it is there", () => client.heard() === "one ");
    await inbound.route("2.0.0", await tcpService(named("two")));
    await inbound.drained(one, new AbortController().signal);
    await until("it is cut", () => client.isClosed());
  });

  it("holds a connection until something serves", async () => {
    const inbound = await open({ mode: "tcp", hold: "20s" });
    const client = dial(inbound.port);
    client.socket.end("early");
    await until("it waits", () => inbound.state().connections === 1);
    await inbound.route("1.0.0", await tcpService(named("one")));
    await until("it is served", () => client.heard() === "one heard early");
  });

  it("does not send clients to where nothing listens", async () => {
    const inbound = await open({ mode: "tcp" });
    const one = await tcpService(named("one"));
    await inbound.route("1.0.0", one);
    expect(await inbound.route("2.0.0", await deadPort())).toMatchObject({ ok: false, fault: expect.stringContaining("has to listen there") });
    expect(inbound.state().upstream).toEqual({ version: "1.0.0", port: one });
  });

  it("waits for what an agent before this one may still carry", async () => {
    let go = (): void => undefined;
    const inbound = await open({ mode: "tcp", drainLimit: "30s" }, new Promise<void>((resolve) => (go = resolve)));
    let isDrained = false;
    const drained = inbound.drained(1, new AbortController().signal).then(() => (isDrained = true));
    await Promise.resolve();
    expect(isDrained).toBe(false);
    go();
    await drained;
  });
});
