/** Every fault of the port, from answers and silences that Consul, a proxy or a broken network really gives. */
import { type AddressInfo, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Outcome, StoreFault } from "../../core/model/fault.ts";
import { describeStoreFault } from "../../core/model/fault.ts";
import type { Store } from "../../core/store/port.ts";
import { type Answering, type AnsweringServer, always, httpAnswer, startAnswering } from "./answering-server.ts";
import { must, mustFail } from "./must.ts";
import { storeAt } from "./world.ts";

const INDEX = { "x-consul-index": "7" };
const PAGE = `<!DOCTYPE html><html><body>${"<p>502 Bad Gateway</p>".repeat(25_000)}</body></html>`;

const read = (store: Store): Promise<Outcome<unknown>> => store.list("a/");
const get = (store: Store): Promise<Outcome<unknown>> => store.get("a/pin");
const write = (store: Store): Promise<Outcome<unknown>> => store.transact([{ kind: "create", key: "a", value: "v" }]);
const watch = (store: Store): Promise<Outcome<unknown>> => store.block("a/", 7, { waitMs: 500, timeoutMs: 400 });
const renew = (store: Store): Promise<Outcome<unknown>> => store.sessions.renew("11111111-2222-4333-8444-555555555555");

let running: AnsweringServer | undefined;
let opened: Store | undefined;
afterEach(async () => {
  opened?.close();
  await running?.stop();
});

async function against(answering: Answering): Promise<{ readonly store: Store; readonly server: AnsweringServer }> {
  running = await startAnswering(answering);
  opened = await storeAt({ address: running.address }, { timeoutMs: 400, mostAnswerBytes: LONGEST });
  return { store: opened, server: running };
}

const silence: Answering = () => undefined;
const hangUp: Answering = (socket) => socket.destroy();
const brokenOff: Answering = (socket) => {
  socket.write(httpAnswer(200, '[{"Key":"rollpin/a/pin","Val', { ...INDEX, "content-length": "5000" }));
  socket.end();
};
const stuckBody: Answering = (socket) => socket.write(httpAnswer(200, "[{", { ...INDEX, "content-length": "5000" }));
const reset: Answering = (socket) => socket.resetAndDestroy();

const LONGEST = 1_000_000;
const endless: Answering = (socket) => {
  socket.write(`HTTP/1.1 200 OK\r\nx-consul-index: 7\r\ntransfer-encoding: chunked\r\n\r\n`);
  const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
  const more = (): void => {
    if (!socket.destroyed && socket.write(chunk)) setImmediate(more);
    else socket.once("drain", more);
  };
  more();
};

type Case = readonly [string, Answering, (store: Store) => Promise<Outcome<unknown>>, StoreFault["kind"]];
const CASES: readonly Case[] = [
  ["a black hole, read", silence, read, "timeout"],
  ["a black hole, parked", silence, watch, "timeout"],
  ["a black hole, written to", silence, write, "unknown-outcome"],
  ["a black hole, renewed at", silence, renew, "unknown-outcome"],
  ["a closed connection, read", hangUp, read, "unreachable"],
  ["a closed connection, parked", hangUp, watch, "unreachable"],
  ["a closed connection, written to", hangUp, write, "unknown-outcome"],
  ["a reset connection, read", reset, read, "unreachable"],
  ["a reset connection, written to", reset, write, "unknown-outcome"],
  ["an answer that breaks off, read", brokenOff, read, "bad-answer"],
  ["an answer that breaks off, parked", brokenOff, watch, "bad-answer"],
  ["an answer that breaks off, written to", brokenOff, write, "unknown-outcome"],
  ["an answer that stops half way, read", stuckBody, read, "timeout"],
  ["an answer that stops half way, parked", stuckBody, watch, "timeout"],
  ["an answer that stops half way, written to", stuckBody, write, "unknown-outcome"],
  ["500 KB of HTML, read", always(200, PAGE, { ...INDEX, "content-type": "text/html" }), read, "bad-answer"],
  ["500 KB of HTML, parked", always(502, PAGE, { "content-type": "text/html" }), watch, "bad-answer"],
  ["500 KB of HTML, written to", always(502, PAGE, { "content-type": "text/html" }), write, "unknown-outcome"],
  ["a page that says 404, read", always(404, "<html>no such page</html>"), read, "bad-answer"],
  ["a page that says 404, one key", always(404, "<html>no such page</html>"), get, "bad-answer"],
  ["a page that says 404, renewed at", always(404, "<html>no such page</html>"), renew, "bad-answer"],
  ["an empty 404 without an index", always(404, ""), read, "bad-answer"],
  ["a redirect", always(301, "", { location: "https://elsewhere" }), read, "bad-answer"],
  ["a redirected write", always(301, "", { location: "https://elsewhere" }), write, "bad-answer"],
  ["what a cache had kept, read", always(200, "[]", { ...INDEX, age: "12" }), read, "bad-answer"],
  ["what a cache had kept, parked", always(200, "[]", { ...INDEX, age: "12" }), watch, "bad-answer"],
  ["truncated JSON", always(200, '[{"Key":"rollpin/a/pin"', INDEX), read, "bad-answer"],
  ["truncated JSON after a write", always(200, '{"Results":[{"KV":', INDEX), write, "unknown-outcome"],
  ["JSON of something else", always(200, '{"status":"ok"}', INDEX), read, "bad-answer"],
  ["a key outside the prefix", always(200, '[{"Key":"other/a","Value":"","CreateIndex":1,"ModifyIndex":1}]', INDEX), read, "bad-answer"],
  ["a value that is no text", always(200, '[{"Key":"rollpin/a/b","Value":7,"CreateIndex":1,"ModifyIndex":1}]', INDEX), read, "bad-answer"],
  ["403", always(403, "Permission denied"), read, "denied"],
  ["a token that Consul doesn't know", always(403, "ACL not found"), write, "denied"],
  ["an older Consul's denial", always(500, "rpc error making call: Permission denied"), write, "denied"],
  ["a transaction that is denied", always(409, '{"Errors":[{"OpIndex":0,"What":"Permission denied"}]}'), write, "denied"],
  ["a proxy that wants a password", always(401, "Authorization required"), read, "denied"],
  ["413", always(413, "Request body too large"), write, "too-large"],
  ["429", always(429, "Your IP is issuing too many concurrent connections"), read, "overloaded"],
  ["a client agent's rate limit, as older Consuls say it, written to", always(500, "rpc error making call: rpc rate limit exceeded"), write, "overloaded"],
  ["503", always(503, "try again"), write, "overloaded"],
  ["no leader, read", always(500, "No cluster leader"), read, "no-leader"],
  ["no server of that datacentre lives, read", always(500, "Remote DC has no server currently reachable"), read, "unreachable"],
  ["no server known in that datacentre, written to", always(500, "No path to datacenter"), write, "unreachable"],
  ["no leader, written to", always(500, "No cluster leader"), write, "no-leader"],
  ["leadership lost, read", always(500, "rpc error making call: leadership lost while committing log"), read, "no-leader"],
  ["leadership lost, written to", always(500, "leadership lost while committing log"), write, "unknown-outcome"],
  ["a server lost on the way, written to", always(500, "rpc error making call: EOF"), write, "unknown-outcome"],
  ["a conflict without its errors", always(409, "{}"), write, "bad-answer"],
  ["an operation that was never sent", always(409, '{"Errors":[{"OpIndex":9,"What":"index is stale"}]}'), write, "bad-answer"],
  ["an answer without an end, read", endless, read, "oversized"],
  ["an answer without an end, parked", endless, watch, "oversized"],
  ["an answer without an end, written to", endless, write, "unknown-outcome"],
  ["an answer that says how long it is", always(200, "[]", { ...INDEX, "content-length": "2000000" }), read, "oversized"],
  ["no HTTP at all", (socket) => socket.end("220 mail.example ESMTP\r\n"), read, "bad-answer"],
];

describe("faults", () => {
  test.each(CASES)("%s", async (_name, answering, ask, kind) => {
    const { store } = await against(answering);
    const fault = mustFail(await ask(store), kind);
    const said = describeStoreFault(fault);
    expect(said.length).toBeLessThan(700);
    expect(said).not.toMatch(/\n/);
  });

  test("nobody listens: unreachable, for writes too", async () => {
    const { store, server } = await against(silence);
    await server.stop();
    expect(mustFail(await write(store), "unreachable").cause).toContain("ECONNREFUSED");
    mustFail(await read(store), "unreachable");
    mustFail(await watch(store), "unreachable");
  });

  test("a name that can't be resolved, and a socket that isn't there", async () => {
    for (const address of ["no-such-host.invalid:8500", "unix:///nonexistent/consul.sock"]) {
      const store = await storeAt({ address }, { timeoutMs: 3_000 });
      mustFail(await write(store), "unreachable");
      mustFail(await watch(store), "unreachable");
      store.close();
    }
  });

  test("a write that waited for the connection until its time was over was never sent", async () => {
    const { store, server } = await against(silence);
    const first = read(store);
    mustFail(await store.transact([{ kind: "create", key: "a", value: "v" }], { timeoutMs: 100 }), "unreachable");
    mustFail(await first, "timeout");
    expect(server.requests.filter((line) => line.startsWith("PUT"))).toEqual([]);
  });

  test("a closed connection says which limit of Consul's does that", async () => {
    const { store } = await against(hangUp);
    expect(mustFail(await read(store), "unreachable").cause).toContain("http_max_conns_per_client");
    expect(mustFail(await write(store), "unknown-outcome").cause).toContain("http_max_conns_per_client");
  });

  test("only a fresh connection that is closed at once looks like that limit", async () => {
    const { store } = await against(hangUp);
    expect(mustFail(await watch(store), "unreachable").closed).toBe(true);
    await running?.stop();
    expect(mustFail(await watch(store), "unreachable").closed).toBeUndefined();
  });

  test("what is too long is named with its key, and what is read of it stays bounded", async () => {
    const { store } = await against(endless);
    const fault = mustFail(await store.list("desired/checkout/"), "oversized");
    expect(describeStoreFault(fault)).toBe(`what Consul answers is too much to be read (list rollpin/desired/checkout/): the answer has more than ${LONGEST} bytes, and at most ${LONGEST} are read`);
  });

  test.each([["2", 2_000], ["Wed, 21 Oct 2026 07:28:00 GMT", undefined], ["-1", undefined]])("Retry-After: %s", async (said, ms) => {
    const { store } = await against(always(429, "slow down", { "retry-after": said }));
    expect(mustFail(await read(store), "overloaded").retryAfterMs).toBe(ms);
  });

  test("a kept connection whose other end left is opened anew for a read, once, and never for a write", async () => {
    const list = httpAnswer(200, "[]", INDEX);
    const { store, server } = await against((socket, head, at) => (at === 0 || at === 2 || at === 3 ? socket.write(list) : head.startsWith("GET") || at === 4 ? socket.destroy() : undefined));
    must(await read(store));
    must(await read(store));
    expect(server.requests).toHaveLength(3);
    must(await read(store));
    mustFail(await write(store), "unknown-outcome");
    expect(server.requests.filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });

  test("aborting: a read is aborted, a write that was sent is unknown", async () => {
    const { store, server } = await against(silence);
    const abort = new AbortController();
    const reading = store.list("a/", { signal: abort.signal, timeoutMs: 20_000 });
    await expect.poll(() => server.requests.length).toBe(1);
    abort.abort();
    mustFail(await reading, "aborted");
    const again = new AbortController();
    const writing = store.transact([{ kind: "delete", key: "a" }], { signal: again.signal, timeoutMs: 20_000 });
    await expect.poll(() => server.requests.length).toBe(2);
    again.abort();
    mustFail(await writing, "unknown-outcome");
  });

  test("a server that takes connections and never reads them doesn't hold a caller past its limit", async () => {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const store = await storeAt({ address: `127.0.0.1:${(server.address() as AddressInfo).port}` }, { timeoutMs: 200 });
    const before = performance.now();
    mustFail(await read(store), "timeout");
    mustFail(await write(store), "unknown-outcome");
    expect(performance.now() - before).toBeLessThan(2_000);
    store.close();
    server.close();
  });

  test("settings reach the wire: token, password, prefix path, datacenter, namespace, partition, consistency", async () => {
    const heads: string[] = [];
    const server = await startAnswering((socket, head) => {
      heads.push(head);
      socket.write(httpAnswer(200, "[]", INDEX));
    });
    const store = await storeAt({ address: `http://${server.address}/behind/proxy/`, token: "s3cret", datacenter: "dc2", namespace: "team", partition: "part" });
    must(await store.list("a/", { consistency: "consistent" }));
    must(await store.block("a/", 3, { waitMs: 1_000 }));
    store.close();
    await server.stop();
    for (const head of heads) {
      expect(head).toMatch(/^GET \/behind\/proxy\/v1\/kv\/rollpin\/a\/\?/);
      expect(head).toMatch(/x-consul-token: s3cret/i);
      for (const part of ["dc=dc2", "ns=team", "partition=part", "recurse="]) expect(head.split("\r\n")[0]).toContain(part);
    }
    expect(heads[0]).toContain("consistent=");
    expect(heads[1]).toMatch(/index=3&wait=1000ms/);
  });
});
