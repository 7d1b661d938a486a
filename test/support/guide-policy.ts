import { readFile } from "node:fs/promises";

const GUIDE = "docs/how-to/tokens-and-tls.md";
const guide = await readFile(new URL(`../../${GUIDE}`, import.meta.url), "utf8");

/** The policy under a heading of docs/how-to/tokens-and-tls.md, made out to this service and Consul node. */
export function guidePolicy(heading: string, { service, node }: { readonly service: string; readonly node: string }): string {
  const [, text] = new RegExp(`^## ${heading}$[\\s\\S]*?^\`\`\`hcl\n([\\s\\S]*?)^\`\`\`$`, "m").exec(guide) ?? [];
  if (text === undefined) throw new Error(`${GUIDE} has no policy under "${heading}"`);
  return text.replaceAll("checkout", service).replaceAll("node-1", node);
}
