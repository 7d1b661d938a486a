import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parsePolicy } from "../../../core/config/parse-policy.ts";
import { loadAgentFile } from "../../../agent/load-file.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));
/** Another program's. */
const OTHERS = [join("envoy", "envoy.yaml")];
const POLICIES = [join("demo", "guarded", "policy.yaml")];
const files = (await readdir(EXAMPLES, { recursive: true })).filter((name) => name.endsWith(".yaml") && ![...OTHERS, ...POLICIES].includes(name));

test.each(POLICIES)("%s is a good policy", async (file) => {
  const parsed = parsePolicy(await readFile(join(EXAMPLES, file), "utf8"), file);
  expect(parsed.ok ? [] : parsed.fault).toEqual([]);
});

describe("every agent file among the examples is good", () => {
  test("they are there", () => expect(files).toEqual(expect.arrayContaining(["demo/rollpin.yaml", "haproxy/rollpin.yaml", "first-service/rollpin.yaml", "first-service/fixed-port.yaml", "first-service/observe.yaml"])));

  test.each(files)("%s", async (file) => {
    const loaded = await loadAgentFile(join(EXAMPLES, file));
    expect(loaded.ok ? [] : loaded.fault).toEqual([]);
  });
});

test("a unit of the agent leaves the service running, and no core dump with a token in it", async () => {
  const unit = await readFile(join(EXAMPLES, "first-service/rollpin-agent.service"), "utf8");
  const guide = await readFile(join(EXAMPLES, "../docs/how-to/upgrade-the-agent.md"), "utf8");
  for (const text of [unit, guide]) expect(text).toMatch(/^\[Service\]\n(.+\n)*KillMode=process\n(.+\n)*LimitCORE=0:infinity$/m);
});

test("a key that no longer exists would be noticed", async () => {
  const loaded = await loadAgentFile(join(EXAMPLES, "first-service/README.md"));
  expect(loaded.ok).toBe(false);
});
