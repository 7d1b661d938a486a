/**
 * YAML of plain data as JSON.stringify sees it, without loading a library: block mappings and lists, and strings either plain, where nothing
 * could be misread, or in JSON's double quotes, which YAML 1.2 takes as they are.
 */
export function yamlOf(value: unknown): string {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return isBranch(plain) ? `${block(plain, "")}\n` : `${scalar(plain)}\n`;
}

type Branch = readonly unknown[] | Readonly<Record<string, unknown>>;

/** Something that takes lines of its own: an empty list or mapping is a scalar (`[]`, `{}`). */
function isBranch(value: unknown): value is Branch {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function block(value: Branch, indent: string): string {
  if (Array.isArray(value)) return value.map((item: unknown) => `${indent}-${listItem(item, `${indent}  `)}`).join("\n");
  return Object.entries(value)
    .map(([key, item]) => `${indent}${scalar(key)}:${isBranch(item) ? `\n${block(item, `${indent}  `)}` : ` ${scalar(item)}`}`)
    .join("\n");
}

/** A list's item starts on the line of its dash. */
function listItem(item: unknown, indent: string): string {
  return isBranch(item) ? ` ${block(item, indent).trimStart()}` : ` ${scalar(item)}`;
}

const PLAIN = /^[A-Za-z_/][A-Za-z0-9_./@-]*( [A-Za-z0-9_./@-]+)*$/;
/** Words that some YAML reader takes for something else than text. */
const RESERVED = /^(true|false|null|yes|no|on|off|y|n)$/i;

function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return PLAIN.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value);
}
