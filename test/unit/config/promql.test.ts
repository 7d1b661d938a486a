import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillPromql, parsePromql, usesPlaceholder } from "../../../core/config/promql.ts";

const values = { service: "check-out", version: "2.0.0+b.1", baseline: "1.9.0", windowMs: 93_400 };

describe("filling in", () => {
  it.each([
    ['up{job="{{service}}"}', 'up{job="check-out"}'],
    ["up{version='{{version}}'}", "up{version='2.0.0+b.1'}"],
    ["up{version=`{{version}}`}", "up{version=`2.0.0+b.1`}"],
    ['up{version=~"{{version}}|{{baseline}}"}', 'up{version=~"2[.]0[.]0[+]b[.]1|1[.]9[.]0"}'],
    ["up{version !~ '{{version}}'}", "up{version !~ '2[.]0[.]0[+]b[.]1'}"],
    ['sum(increase(e_total{v="{{version}}"}[{{window}}])) / 2', 'sum(increase(e_total{v="2.0.0+b.1"}[93s])) / 2'],
    ['e{a="\\"=~",v="{{version}}"}', 'e{a="\\"=~",v="2.0.0+b.1"}'],
    ["e{a=`\\`,v=~`{{service}}`}", "e{a=`\\`,v=~`check-out`}"],
    ["# it's a comment\nup", "# it's a comment\nup"],
  ])("%s", (query, filled) => {
    expect(parsePromql(query)).toEqual({ ok: true, value: query });
    expect(fillPromql(query, values)).toBe(filled);
  });

  it("is impossible without a value that is named", () => {
    expect(fillPromql('up{v="{{baseline}}"}', { ...values, baseline: undefined })).toBeUndefined();
    expect(fillPromql('up{v="{{version}}"}', { ...values, baseline: undefined })).toBe('up{v="2.0.0+b.1"}');
  });

  it("knows no window shorter than a second, for a clock that was set back too", () => {
    expect(fillPromql("x[{{window}}]", { ...values, windowMs: -5 })).toBe("x[1s]");
  });

  it("finds what is in quotes only where it is", () => {
    expect(usesPlaceholder('up{v="{{version}}"}', "version")).toBe(true);
    expect(usesPlaceholder("up # {{version}}", "version")).toBe(false);
  });
});

describe("what is refused", () => {
  it.each([
    ["", /needs a PromQL query/],
    ['up{v="{{verison}}"}', /^\{\{verison\}\} is not known here: there is \{\{service\}\}, \{\{version\}\}, \{\{baseline\}\}, \{\{window\}\}$/],
    ['up{v="{{ version }}"}', /has spaces in it: write \{\{version\}\}/],
    ['up{v="{{}}"}', /^\{\{\}\} is not known/],
    ["{{service}}_errors_total", /\{\{service\}\} stands outside of quotes/],
    ['x{v="{{window}}"}', /\{\{window\}\} is a duration/],
    ['up{v="{{version}}}', /a quote that is not closed/],
    [`up{v="${"x".repeat(2048)}"}`, /longer than 2048 characters: put it into a recording rule/],
  ])("%s", (query, fault) => {
    const parsed = parsePromql(query);
    expect(parsed.ok ? "" : parsed.fault).toMatch(fault);
  });
});

describe("any name and version", () => {
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
  const version = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,30}$/);
  it("stays one label's value in every kind of quotes, and a pattern that matches itself only", () => {
    fc.assert(
      fc.property(name, version, version, (service, own, other) => {
        for (const quote of ['"', "'", "`"]) {
          const filled = fillPromql(`x{s=${quote}{{service}}${quote},v=~${quote}{{version}}${quote}}`, { service, version: own, windowMs: 0 }) ?? "";
          const [, text = "", pattern = ""] = new RegExp(`^x\\{s=${quote}([^${quote}\\\\]*)${quote},v=~${quote}([^${quote}\\\\]*)${quote}\\}$`).exec(filled) ?? [];
          expect(text).toBe(service);
          expect(new RegExp(`^(?:${pattern})$`).test(own)).toBe(true);
          expect(new RegExp(`^(?:${pattern})$`).test(other)).toBe(other === own);
        }
      }),
    );
  });
});
