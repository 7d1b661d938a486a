import { describe, expect, it } from "vitest";
import { httpSourceSchema } from "../../../core/config/http-source.ts";
import { parsePolicy } from "../../../core/config/parse-policy.ts";
import { prometheusSignalSchema } from "../../../core/config/signals/prometheus.ts";

const faults = (schema: { safeParse(value: unknown): { error?: { issues: readonly { message: string }[] } | undefined } }, value: unknown): string => (schema.safeParse(value).error?.issues ?? []).map(({ message }) => message).join("; ");

describe("a server that the guard asks", () => {
  it("is known by its URL, and has five seconds", () => {
    expect(httpSourceSchema.parse({ url: "https://prometheus.example:9090/prom/" })).toEqual({ url: "https://prometheus.example:9090/prom", timeout: 5_000 });
  });
  it.each([
    ["prometheus:9090", /is not a URL/],
    ["http://me:secret@prometheus:9090", /has a user or a password in it: put "user:password" into a file/],
    ["http://prometheus:9090/?x=1", /has "\?" or "#" in it/],
    ["http://prometheus:9090/graph#x", /has "\?" or "#" in it/],
  ])("%s is refused, and no password is said", (url, words) => {
    expect(faults(httpSourceSchema, { url })).toMatch(words);
    expect(faults(httpSourceSchema, { url })).not.toContain("secret");
  });
});

describe("the signal prometheus", () => {
  const faultOf = (signal: string): string => {
    const parsed = parsePolicy(`signals:\n  errors: ${signal}\n`, "policy");
    return parsed.ok ? "" : parsed.fault.map(({ line, message, path }) => `${line}: ${path}: ${message}`).join("; ");
  };

  it("is a query with bounds, or counts against the baseline's", () => {
    expect(prometheusSignalSchema.parse({ prometheus: "vector(1)", above: 0.5, below: -2 })).toEqual({ prometheus: "vector(1)", above: 0.5, below: -2 });
    expect(faultOf(`{prometheus: {errors: 'e{v="{{version}}"}[{{window}}]', requests: 'r{v="{{version}}"}[{{window}}]'}, against: baseline}`)).toBe("");
    expect(faultOf(`{prometheus: {latency: 'l{v="{{version}}"}[{{window}}]'}, against: baseline}`)).toBe("");
  });

  it.each([
    ["{prometheus: vector(1)}", /^2: signals\.errors: needs a bound: add "above" or "below"; or compare with the baseline/],
    [`{prometheus: 'x{v="{{nobody}}"}', above: 1}`, /^2: signals\.errors\.prometheus: \{\{nobody\}\} is not known here/],
    [`{prometheus: 'x{v="{{version}}"}', above: 1, url: "http://elsewhere"}`, /signals\.errors\.url: is not a known key/],
    [`{prometheus: {errors: 'e{v="{{version}}"}', requests: 'r{v="{{version}}"}[{{window}}]'}, against: baseline}`, /signals\.errors\.prometheus\.errors: counts over another time than that since the change: write \[\{\{window\}\}\]/],
    [`{prometheus: {errors: 'e[{{window}}]', requests: 'r{v="{{version}}"}[{{window}}]'}, against: baseline}`, /signals\.errors\.prometheus\.errors: needs \{\{version\}\} in a label/],
    [`{prometheus: {latency: 'l{v="{{baseline}}"}[{{window}}]'}, against: baseline}`, /has \{\{baseline\}\}: \{\{version\}\} stands for either here/],
  ])("%s is refused", (signal, words) => {
    expect(faultOf(signal)).toMatch(words);
  });
});
