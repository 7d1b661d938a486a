import { describe, expect, it } from "vitest";
import { httpSourceSchema } from "../../../core/config/http-source.ts";
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
  it("needs a query and a bound", () => {
    expect(prometheusSignalSchema.parse({ prometheus: "vector(1)", above: 0.5, below: -2 })).toEqual({ prometheus: "vector(1)", above: 0.5, below: -2 });
    expect(faults(prometheusSignalSchema, { prometheus: "vector(1)" })).toMatch(/needs a bound: add "above" or "below"/);
    expect(faults(prometheusSignalSchema, { prometheus: 'x{v="{{nobody}}"}', above: 1 })).toMatch(/\{\{nobody\}\} is not known here/);
    expect(prometheusSignalSchema.safeParse({ prometheus: "x", above: Number.POSITIVE_INFINITY }).success).toBe(false);
    expect(prometheusSignalSchema.safeParse({ prometheus: "x", above: 1, url: "http://elsewhere" }).success).toBe(false);
  });
});
