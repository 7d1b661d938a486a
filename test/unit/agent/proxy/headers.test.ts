import { expect, it } from "vitest";
import { type RequestHead, endToEnd, framingOf, hasOneHostAtMost, requestHeaders, responseHead } from "../../../../agent/proxy/headers.ts";

it("keeps names, order and repetitions, and leaves out what concerns one connection", () => {
  expect(endToEnd(["Host", "a", "Set-Cookie", "1", "Connection", "close, X-Mine", "x-mine", "2", "Keep-Alive", "timeout=5", "TE", "gzip", "Set-Cookie", "3", "Transfer-Encoding", "chunked", "Upgrade", "h2c"])).toEqual(["Host", "a", "Set-Cookie", "1", "Set-Cookie", "3"]);
});

it("never lets Connection take away what frames a message or says whom it is for", () => {
  const raw = ["Host", "a", "Content-Length", "5", "X-Forwarded-For", "10.0.0.1", "X-Mine", "1", "Connection", "content-length, Host, x-forwarded-for, x-mine"];
  expect(endToEnd(raw)).toEqual(["Host", "a", "Content-Length", "5", "X-Forwarded-For", "10.0.0.1"]);
});

const HEAD: RequestHead = { raw: ["Host", "a"], method: "GET", framing: "none", hasTrailers: false, client: undefined };
it.each<[string, Partial<RequestHead>, readonly string[]]>([
  ["nothing of its own", {}, ["Host", "a"]],
  ["a length for a POST that has no body", { method: "POST" }, ["Host", "a", "Content-Length", "0"]],
  ["none for a DELETE", { method: "DELETE" }, ["Host", "a"]],
  ["chunks", { method: "POST", framing: "chunked" }, ["Host", "a", "Transfer-Encoding", "chunked"]],
  ["TE for trailers only", { hasTrailers: true }, ["Host", "a", "TE", "trailers"]],
  ["where the client is", { client: "10.0.0.9" }, ["Host", "a", "X-Forwarded-For", "10.0.0.9"]],
  ["where it says it came from, first", { client: "10.0.0.9", raw: ["X-Forwarded-For", "1.1.1.1", "Host", "a", "x-forwarded-for", "2.2.2.2"] }, ["Host", "a", "X-Forwarded-For", "1.1.1.1, 2.2.2.2, 10.0.0.9"]],
  ["where it is in Forwarded, too, where that is used", { client: "::1", raw: ["Host", "a", "Forwarded", "for=1.1.1.1"] }, ["Host", "a", "X-Forwarded-For", "::1", "Forwarded", 'for=1.1.1.1, for="[::1]"']],
])("a request gets %s", (_, head, expected) => {
  expect(requestHeaders({ ...HEAD, ...head })).toEqual(expected);
});

it.each([
  [{}, "none"],
  [{ "content-length": "0" }, "length"],
  [{ "transfer-encoding": "chunked" }, "chunked"],
] as const)("%j is framed by %s", (headers, framing) => {
  expect(framingOf(headers)).toBe(framing);
});

it.each([[["Host", "a"], true], [[], true], [["Host", "a", "x", "y", "host", "a"], false]] as const)("%j has one host at most: %s", (raw, is) => {
  expect(hasOneHostAtMost(raw)).toBe(is);
});

it.each([
  [["Content-Length", "12", "X", "1"], { headers: ["Content-Length", "12", "X", "1"], isChunked: false, length: 12 }],
  [["transfer-encoding", "chunked"], { headers: [], isChunked: true, length: Number.NaN }],
  [["Connection", "close"], { headers: [], isChunked: false, length: Number.NaN }],
])("the head of an answer: %j", (raw, head) => {
  expect(responseHead(raw)).toEqual(head);
});
