import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { commandLine } from "../command-line.ts";
import { aclRulesOf, hclOf } from "../../../../cli/doctor/acl-policy.ts";

const page = new URL("../../../../docs/how-to/tokens-and-tls.md", import.meta.url);
const scope = { prefix: "rollpin", service: "checkout", instance: "checkout-1", node: "node-1" };
const agent = aclRulesOf("agent", scope);
const sections = [
  ["An agent", agent.slice(0, 10)],
  ["An agent of a service that has a pace", agent.slice(10)],
  ["An agent that acts for the whole service", aclRulesOf("actuator", scope)],
  ["A guard", aclRulesOf("guard", scope)],
  ["An agent that runs hooks", aclRulesOf("hooks", scope)],
  ["An agent that routes to a service", aclRulesOf("router", scope)],
  ["An agent that routes in Consul's mesh", aclRulesOf("mesh", scope)],
  ["Someone who looks", aclRulesOf("reader", scope)],
  ["An operator", aclRulesOf("operator", scope)],
] as const;

describe("the policies of docs/how-to/tokens-and-tls.md", () => {
  it.each(sections)("%s: as doctor prints it", async (heading, rules) => {
    const text = await readFile(page, "utf8");
    const block = new RegExp(`(^## ${heading}$(?:(?!^## )[\\s\\S])*?^\`\`\`hcl\n)([\\s\\S]*?)^\`\`\`$`, "m");
    if (process.env["UPDATE_DOCS"] === "1") await writeFile(page, text.replace(block, (_, before: string) => `${before}${hclOf(rules)}\n\`\`\``));
    expect(block.exec(await readFile(page, "utf8"))?.[2]).toBe(`${hclOf(rules)}\n`);
  });
});

describe("doctor --acl-policy", () => {
  it("prints the same as text and as JSON", async () => {
    const argv = ["doctor", "--acl-policy", "guard", "--service", "checkout"];
    const { hcl } = await commandLine().json("acl-policy", ...argv);
    expect((await commandLine().run(...argv)).stdout.trimEnd()).toBe(hcl);
    expect(hcl).toBe(hclOf(aclRulesOf("guard", scope)));
  });

  it.each(["actuator", "hooks", "router", "mesh"] as const)("is for one service, %s too", async (role) => {
    expect((await commandLine().json("acl-policy", "doctor", "--acl-policy", role, "--service", "checkout")).hcl).toBe(hclOf(aclRulesOf(role, scope)));
    expect((await commandLine().run("doctor", "--acl-policy", role)).exit).toBe(2);
  });
});

describe("the policy of an agent", () => {
  it("writes nothing under desired/ but the head, and no verdict", () => {
    const written = agent.filter(({ policy }) => policy === "write").map(({ name }) => name);
    expect(written.filter((name) => /\/(desired|verdicts|policies|rollouts|operations|meta)\//.test(name))).toEqual(["rollpin/desired/checkout/head"]);
  });

  it("stays within its service and prefix, whatever is left out", () => {
    for (const { resource, name } of aclRulesOf("agent", { prefix: "teams/shop", service: "checkout" })) {
      if (resource === "key" || resource === "key_prefix") expect(name).toMatch(/^teams\/shop\/[a-z/]+\/checkout\//);
    }
  });
});
