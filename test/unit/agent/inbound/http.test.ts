import { Agent, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from "node:http";
import { type Socket, connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../../../support/until.ts";
import { closeAll, httpService, open, tcpService } from "./door-rig.ts";

afterEach(closeAll);

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

function ask(port: number, options: RequestOptions & { readonly body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: "127.0.0.1", agent: false, ...options }, (response) => void read(response).then((body) => resolve({ status: response.statusCode, headers: response.headers, trailers: response.trailers, body }), reject));
    asked.on("error", reject);
    asked.end(options.body);
  });
}

async function read(stream: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** What one connection says from its first byte to its end. */
function converse(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("latin1").on("data", (chunk: string) => (heard += chunk)).once("close", () => resolve(heard)).once("error", reject);
  });
}

describe("inbound http", () => {
  it("carries method, path, fields and bodies both ways, and leaves out what concerns one connection only", async () => {
    const inbound = await open();
    const seen: { headers?: IncomingHttpHeaders; url?: string | undefined } = {};
    const port = await httpService((incoming, response) => {
      Object.assign(seen, { headers: incoming.headers, url: incoming.url });
      void read(incoming).then((body) => {
        response.writeHead(201, "Made", [["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"], ["X-Method", String(incoming.method)], ["Connection", "x-secret"], ["X-Secret", "1"]].flat());
        response.end(body.toUpperCase());
      });
    });
    expect(await inbound.route("1.0.0", port)).toEqual({ ok: true, value: undefined });
    const answer = await ask(inbound.port, { method: "POST", path: "/a%20b?c=d", body: "hello", headers: { "x-forwarded-for": "10.0.0.1", connection: "x-mine", "x-mine": "1", "content-length": 5 } });
    expect(answer).toMatchObject({ status: 201, body: "HELLO", headers: { "set-cookie": ["a=1", "b=2"], "x-method": "POST" } });
    expect(answer.headers["x-secret"]).toBeUndefined();
    expect(seen).toMatchObject({ url: "/a%20b?c=d", headers: { "x-forwarded-for": "10.0.0.1, 127.0.0.1", host: expect.stringContaining(String(inbound.port)) } });
    expect(seen.headers?.["x-mine"]).toBeUndefined();
    expect(inbound.state()).toMatchObject({ upstream: { version: "1.0.0", port }, inFlight: 0, requests: { "1.0.0 2xx": 1 } });
  });

  it.each([["HEAD", 200, "/"], ["GET", 204, "/204"], ["GET", 304, "/304"]])("%s that is answered %d has no body, and the connection goes on", async (method, status, path) => {
    const inbound = await open();
    const port = await httpService((incoming, response) => {
      response.writeHead(Number(incoming.url?.slice(1)) || 200, incoming.method === "HEAD" ? { "Content-Length": 5 } : {});
      response.end();
    });
    await inbound.route("1.0.0", port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let number = 0; number < 3; number += 1) expect(await ask(inbound.port, { agent, method, path })).toMatchObject({ status, body: "" });
    expect(inbound.state().connections).toBe(1);
    agent.destroy();
  });

  it("moves a kept connection with its next request, and the former process is idle then", async () => {
    const inbound = await open();
    const [one, two] = [await httpService((_, response) => response.end("one")), await httpService((_, response) => response.end("two"))];
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await inbound.route("1.0.0", one);
    expect((await ask(inbound.port, { agent })).body).toBe("one");
    await inbound.route("2.0.0", two);
    expect((await ask(inbound.port, { agent })).body).toBe("two");
    await inbound.drained(one, new AbortController().signal);
    expect(inbound.state().connections).toBe(1);
    agent.destroy();
  });

  it("lets a request that is under way end at the former process, and says when it has", async () => {
    const inbound = await open({ drainLimit: "30s" });
    let finish = (): void => undefined;
    const slow = await httpService((_, response) => {
      response.write("begun ");
      finish = () => response.end("and ended");
    });
    await inbound.route("1.0.0", slow);
    const answer = ask(inbound.port);
    await until("it has begun", () => inbound.state().inFlight === 1);
    await until("the process has it", () => finish.name === "finish");
    await inbound.route("2.0.0", await httpService((_, response) => response.end("new")));
    let isDrained = false;
    const drained = inbound.drained(slow, new AbortController().signal).then(() => (isDrained = true));
    expect((await ask(inbound.port)).body).toBe("new");
    expect(isDrained).toBe(false);
    finish();
    expect((await answer).body).toBe("begun and ended");
    await drained;
  });

  it("cuts what is still under way at the limit, and half an answer never looks whole", async () => {
    const inbound = await open({ drainLimit: "50ms" });
    const endless = await httpService((_, response) => void response.write("begun"));
    await inbound.route("1.0.0", endless);
    const answer = ask(inbound.port).then(() => "whole", () => "cut");
    await until("it is under way", () => inbound.state().inFlight === 1);
    await inbound.route("2.0.0", await httpService((_, response) => response.end("new")));
    await inbound.drained(endless, new AbortController().signal);
    expect(await answer).toBe("cut");
  });

  it("waits for what serves, and says 503 with Retry-After when nothing came", async () => {
    const inbound = await open({ hold: "150ms" });
    expect(await ask(inbound.port)).toMatchObject({ status: 503, headers: { "retry-after": "1" }, body: expect.stringContaining("no process") });
    inbound.adjust({ ...inbound.settings, hold: 20_000 });
    const held = ask(inbound.port, { method: "POST", body: "kept" });
    await until("it waits", () => inbound.state().connections === 1);
    await inbound.route("1.0.0", await httpService((incoming, response) => void read(incoming).then((body) => response.end(body))));
    expect(await held).toMatchObject({ status: 200, body: "kept" });
  });

  it("says 504 to a silent process, and 502 to one that breaks off", async () => {
    const inbound = await open({ responseTimeout: "100ms" });
    await inbound.route("1.0.0", await httpService((incoming) => void (incoming.url === "/break" && incoming.socket.destroy())));
    expect(await ask(inbound.port, { path: "/silent" })).toMatchObject({ status: 504 });
    expect(await ask(inbound.port, { path: "/break", method: "POST", body: "x" })).toMatchObject({ status: 502 });
    expect(inbound.state().requests).toEqual({ "none 5xx": 2 });
  });

  it("sends an idempotent request again that met a connection which the process had closed, and no other", async () => {
    const inbound = await open();
    let connections = 0;
    const port = await tcpService((socket) => {
      connections += 1;
      let answered = 0;
      // The first request of a connection is answered; on the second it breaks off: what a race with an idle limit looks like.
      socket.on("data", () => (answered++ === 0 ? socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") : socket.destroy()));
    });
    await inbound.route("1.0.0", port);
    expect(await ask(inbound.port)).toMatchObject({ status: 200 });
    const before = connections;
    expect(await ask(inbound.port)).toMatchObject({ status: 200, body: "ok" });
    expect(connections).toBe(before + 1);
    expect(await ask(inbound.port, { method: "POST", body: "x" })).toMatchObject({ status: 502 });
  });

  it("carries trailers, both ways", async () => {
    const inbound = await open();
    await inbound.route("1.0.0", await httpService((incoming, response) => {
      void read(incoming).then(() => {
        response.writeHead(200, { Trailer: "X-Sum" });
        response.write("body");
        response.addTrailers({ "X-Sum": String(incoming.trailers["x-count"]) });
        response.end();
      });
    }));
    const heard = await converse(inbound.port, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Count\r\nConnection: close\r\n\r\n2\r\nab\r\n0\r\nX-Count: 7\r\n\r\n");
    expect(heard).toContain("X-Sum: 7");
  });

  it("has the client wait for the process's 100 Continue, and for a refusal without it", async () => {
    const inbound = await open();
    await inbound.route("1.0.0", await httpService((incoming, response) => void read(incoming).then((body) => response.end(`got ${body}`)), (server) => {
      server.on("checkContinue", (incoming, response) => {
        if (incoming.url === "/no") return void response.writeHead(417).end();
        response.writeContinue();
        void read(incoming).then((body) => response.end(`got ${body}`));
      });
    }));
    const yes = await new Promise<string>((resolve, reject) => {
      const asked = request({ port: inbound.port, host: "127.0.0.1", agent: false, method: "PUT", headers: { expect: "100-continue", "content-length": 4 } }, (response) => void read(response).then(resolve, reject));
      asked.once("continue", () => asked.end("body")).once("error", reject);
      asked.flushHeaders();
    });
    expect(yes).toBe("got body");
    const refused = await converse(inbound.port, "PUT /no HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    expect(refused).toMatch(/^HTTP\/1\.1 417 .*Connection: close/is);
  });

  it("joins an upgraded connection, and counts it until it ends", async () => {
    const inbound = await open();
    await inbound.route("1.0.0", await httpService(() => undefined, (server) => {
      server.on("upgrade", (_: IncomingMessage, socket: Socket, head: Buffer) => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
        socket.write(head);
        socket.pipe(socket);
      });
    }));
    const client = connect(inbound.port, "127.0.0.1");
    let heard = "";
    client.setEncoding("latin1").on("data", (chunk: string) => (heard += chunk));
    client.write("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nearly ");
    await until("it is joined", () => heard.includes("early"));
    client.write("late");
    await until("it echoes", () => heard.endsWith("early late"));
    expect(heard).toMatch(/^HTTP\/1\.1 101 /);
    expect(inbound.state().inFlight).toBe(1);
    client.end();
    await until("it is over", () => inbound.state().inFlight === 0);
  });

  it("reads from the process no faster than the client reads", async () => {
    const inbound = await open();
    let sent = 0;
    await inbound.route("1.0.0", await httpService((_, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        let takesMore = true;
        while (takesMore && sent < 64 * 1024 * 1024) {
          sent += chunk.length;
          takesMore = response.write(chunk);
        }
      };
      response.on("drain", more);
      more();
    }));
    const client = connect(inbound.port, "127.0.0.1", () => client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).pause();
    let before = -1;
    await until("the process has to wait", () => {
      const same = sent > 0 && sent === before;
      before = sent;
      return same;
    }, { everyMs: 200 });
    expect(sent).toBeLessThan(48 * 1024 * 1024);
    client.destroy();
    await until("the process's answer is broken off", () => inbound.state().inFlight === 0);
  });

  it("ends what is under way when it leaves, says so to kept connections, and takes nothing new", async () => {
    const inbound = await open({ drainLimit: "20s" });
    await inbound.route("1.0.0", await httpService((_, response) => response.end("ok")));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask(inbound.port, { agent });
    const left = inbound.leave(20_000);
    expect(await ask(inbound.port, { agent })).toMatchObject({ status: 200, headers: { connection: "close" } });
    await left;
    await expect(ask(inbound.port)).rejects.toThrow(/ECONNREFUSED/);
    agent.destroy();
  });

  it.each([
    ["two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
    ["a length beside chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a coding that isn't chunked last", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"],
    ["a folded line", "X-A: 1\r\n 2\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"],
    ["a second host", "Host: b\r\n\r\n"],
    ["a blank before the colon", "Content-Length : 5\r\n\r\nhello"],
  ])("refuses a request with %s: two servers might read it differently", async (_, rest) => {
    const inbound = await open();
    const paths: (string | undefined)[] = [];
    await inbound.route("1.0.0", await httpService((incoming, response) => {
      paths.push(incoming.url);
      response.end("ok");
    }));
    expect(await converse(inbound.port, `POST / HTTP/1.1\r\nHost: a\r\n${rest}`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(paths).toEqual([]);
  });

  it("frames a body though Connection names its length, so that it is never read as the next request", async () => {
    const inbound = await open();
    const seen: string[] = [];
    await inbound.route("1.0.0", await httpService((incoming, response) => void read(incoming).then((body) => {
      seen.push(`${incoming.url} ${body.length}`);
      response.end("ok");
    })));
    const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    await converse(inbound.port, `GET /outer HTTP/1.1\r\nHost: a\r\nConnection: content-length\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(seen).toEqual([`/outer ${smuggled.length}`, "/last 0"]);
  });
});
