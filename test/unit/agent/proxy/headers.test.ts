import { expect, it } from "vitest";
import { type RequestHead, endToEnd, framingOf, requestHeaders } from "../../../../agent/proxy/headers.ts";

it("keeps names, order and repetitions, and leaves out what concerns one connection", () => {
  expect(endToEnd(["Host", "a", "Set-Cookie", "1", "Connection", "close, X-Mine", "x-mine", "2", "Keep-Alive", "timeout=5", "TE", "gzip", "Set-Cookie", "3", "Transfer-Encoding", "chunked", "Upgrade", "h2c"])).toEqual(["Host", "a", "Set-Cookie", "1", "Set-Cookie", "3"]);
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
