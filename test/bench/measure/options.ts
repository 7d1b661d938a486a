import { parseArgs } from "node:util";

/** The bench's own flags, all with a value. A flag it doesn't know throws. */
export function options<T extends Readonly<Record<string, string>>>(defaults: T): { readonly [K in keyof T]: string } {
  const flags = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: "string" as const, default: value }]));
  return parseArgs({ options: flags }).values as { [K in keyof T]: string };
}
