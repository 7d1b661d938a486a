import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRenderer } from "../../../../agent/template/render.ts";
import { valuesOf } from "../../../../agent/template/template-values.ts";
import type { Change } from "../../../../agent/appliers/applier.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-render-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function render(source: string, to: Partial<Change["to"]> = {}) {
  const file = join(folder, "source.liquid");
  await writeFile(file, source);
  const change: Change = { service: "checkout", instance: "c-1", track: "stable", revision: 1, digest: "d", from: undefined, to: { version: "1.0.0", config: undefined, routes: undefined, ...to }, restart: false };
  const endpoint = { id: "p1", node: "n", address: "10.0.0.1", port: 80, tags: ["a"], meta: { version: "2.0.0" } };
  return await createRenderer(file).render(valuesOf(change, { stable: "1.0.0", canary: "2.0.0" }, new Map([["pay", [endpoint]]])));
}

describe("render", () => {
  it.each([
    ["names and pins", "{{ service }}/{{ instance }} {{ track }} {{ version }} {{ pins.canary }}", {}, "checkout/c-1 stable 1.0.0 2.0.0"],
    ["YAML config", "{{ configData.db.host }}", { config: "db: {host: h1}" }, "h1"],
    ["JSON routes", "{{ routesData.weights[0] }} {{ routes }}", { routes: '{"weights":[30]}' }, '30 {"weights":[30]}'],
    ["endpoints", "{% for e in endpoints.pay %}{{ e.address }}:{{ e.port }} {{ e.version }} {{ e.meta.version }} {{ e.tags[0] }}{% endfor %}", {}, "10.0.0.1:80 2.0.0 2.0.0 a"],
    ["an absent part in an if", "{% if config %}x{% else %}none{% endif %}", {}, "none"],
    ["values as they are, never as templates", "{{ config }}", { config: "{{ version }} {% include 'x' %}" }, "{{ version }} {% include 'x' %}"],
    ["json", "{{ configData | json }}", { config: '{"a":"\\n\\""}' }, '{"a":"\\n\\""}'],
    ["quote", "{{ config | quote }}", { config: 'a "b" \\ ;' }, '"a \\"b\\" \\\\ ;"'],
    ["token", "{{ config | token }}", { config: "db-1.example:5432" }, "db-1.example:5432"],
  ])("renders %s", async (_, source, to, expected) => {
    expect(await render(source, to)).toEqual({ ok: true, value: expected });
  });

  it.each([
    ["a missing variable", "{{ nothing }}", {}],
    ["a part that isn't set", "{{ config }}", {}],
    ["config that is text only, as data", "{{ configData.x }}", { config: "just text" }],
    ["a missing filter", "{{ version | shout }}", {}],
    ["a prototype", "{{ service.constructor }}", {}],
    ["a prototype of data", "{{ configData.toString }}", { config: "{a: 1}" }],
    ["an endless loop", "{% for a in (1..100000) %}{% for b in (1..100000) %}{{ a }}{% endfor %}{% endfor %}", {}],
    ["a file outside of the template's folder", "{% include '../../../../etc/passwd' %}", {}],
    ["a line end in a quote", "{{ config | quote }}", { config: "a\nserver evil;" }],
    ["a carriage return in a quote", "{{ config | quote }}", { config: "a\rb" }],
    ["an injection in a token", "{{ config | token }}", { config: "x; return 200" }],
    ["an empty token", "{{ config | token }}", { config: "" }],
    ["a line end at a token's end", "{{ config | token }}", { config: "abc\n" }],
    ["a list as a token", "{{ configData | token }}", { config: "[a]" }],
  ])("refuses %s", async (_, source, to) => {
    expect(await render(source, to)).toMatchObject({ ok: false, fault: expect.stringContaining("source.liquid can't be rendered: ") });
  });
});
