import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { agentFileSchema } from "../../../core/config/agent-file.ts";
import { keysAt } from "../../../core/config/schema-keys.ts";

const reference = await readFile(new URL("../../../docs/reference/agent-file.md", import.meta.url), "utf8");

it.each([
  { path: [] },
  { path: ["releases"] },
  { path: ["listen"] },
  { path: ["register"] },
  { path: ["consul"] },
  { path: ["observe"] },
  { path: ["observe", "version"] },
  { path: ["appliers", 0] },
  { path: ["appliers", 0, "process"] },
  { path: ["appliers", 0, "process", "ready"] },
  { path: ["appliers", 0, "process", "inbound"] },
  { path: ["appliers", 0, "template"] },
  { path: ["appliers", 0, "template", "quiescence"] },
  { path: ["appliers", 0, "exec"] },
  { path: ["guard"] },
  { path: ["guard", "prometheus"] },
  { path: ["guard", "bus"] },
  { path: ["guard", "audit"] },
  { path: ["guard", "alertmanager"] },
  { path: ["guard", "alertmanager", "tls"] },
  { path: ["guard", "alertmanager", "labels"] },
  { path: ["guard", "notify", 0] },
  { path: ["audit"] },
  { path: ["hooks"] },
  { path: ["hooks", "migrate"] },
  { path: ["hooks", "migrate", "down"] },
  { path: ["routers", 0] },
])("the reference names every key at $path", ({ path }) => {
  const keys = new Set(keysAt(agentFileSchema, path).flat());
  expect(keys.size).toBeGreaterThan(0);
  expect([...keys].filter((key) => !new RegExp(`[\`{ ]${key}[\`:}]`).test(reference))).toEqual([]);
});
