import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAnswer } from "../../../../agent/guard/signals/prometheus/parse-answer.ts";

type RawAnswer = { readonly status: number; readonly location?: string; readonly text: string };

const answer = (data: object, more: object = {}): RawAnswer => ({ status: 200, text: JSON.stringify({ status: "success", data, ...more }) });
const parse = (raw: RawAnswer) => parseAnswer({ location: undefined, ...raw });
const fault = (raw: RawAnswer): string => {
  const parsed = parse(raw);
  return parsed.ok ? `no fault: ${JSON.stringify(parsed.value)}` : parsed.fault;
};

describe("an answer of Prometheus's", () => {
  it("is series", () => {
    expect(parse(answer({ resultType: "vector", result: [{ metric: { a: "b" }, value: [1.5, "+Inf"] }] }))).toEqual({ ok: true, value: [{ labels: { a: "b" }, value: "+Inf" }] });
    expect(parse(answer({ resultType: "vector", result: [] }))).toEqual({ ok: true, value: [] });
    expect(parse(answer({ resultType: "scalar", result: [1, "0.5"] }))).toEqual({ ok: true, value: [{ labels: {}, value: "0.5" }] });
  });

  it.each<[string, RawAnswer, RegExp]>([
    ["a bad query", { status: 400, text: '{"status":"error","errorType":"bad_data","error":"1:7: parse error: unexpected \\"(\\""}' }, /^it refuses the query \(bad_data\): 1:7: parse error/],
    ["an overloaded one", { status: 503, text: '{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}' }, /^it refuses the query \(timeout\): query timed out/],
    ["a proxy's page", { status: 502, text: "<html>Bad Gateway</html>" }, /^it answers 502$/],
    ["a page with 200", { status: 200, text: "<html>Log in</html>" }, /^its answer is no JSON; it ends in /],
    ["nothing", { status: 200, text: "" }, /^its answer is empty$/],
    ["half an answer", { status: 200, text: '{"status":"success","data":{"resultType":"vector","resu' }, /^its answer is no JSON; it ends in "/],
    ["a redirect", { status: 302, location: "https://login.example/", text: "" }, /^it answers 302 and sends elsewhere \(https:\/\/login\.example\/\)/],
    ["a locked door", { status: 401, text: "Unauthorized" }, /^it lets nobody in \(401\): check tokenFile/],
    ["a part", answer({ resultType: "vector", result: [] }, { warnings: ["No StoreAPIs matched"] }), /^it answers with a warning: No StoreAPIs matched$/],
    ["ranges", answer({ resultType: "matrix", result: [] }), /gives ranges of values/],
    ["text", answer({ resultType: "string", result: [1, "x"] }), /gives text/],
    ["native histograms", answer({ resultType: "vector", result: [{ metric: {}, histogram: [1, {}] }] }), /gives native histograms/],
    ["something else's", { status: 200, text: '{"status":"ok"}' }, /none of Prometheus's/],
  ])("%s is a sentence", (_, raw, words) => {
    expect(fault(raw)).toMatch(words);
  });

  it("never throws, and quotes little", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json(), fc.string({ minLength: 5_000, maxLength: 6_000 }).map((error) => JSON.stringify({ status: "error", error }))), (status, text) => {
        const parsed = parse({ status, text });
        if (!parsed.ok) expect(parsed.fault.length).toBeLessThan(500);
      }),
    );
  });
});
