import type { Screen } from "./screen.ts";

const API_VERSION = "rollpin/v1";

/** What `adopt` found afterwards, in a sentence, beside what was changed. */
export function withProof(printable: Printable, proof: string): Printable {
  return { value: Object.assign({}, printable.value, { proof }), text: (screen) => `${printable.text(screen)}\n${proof}` };
}

/** One value that can be shown as a table, JSON or YAML. Its JSON shapes are in output/shapes.ts. */
export interface Printable {
  /** Without the envelope's apiVersion, which is added when it is printed. */
  readonly value: { readonly kind: string };
  /** For a person; ends without a line break. */
  text(screen: Screen): string;
  /** The bytes that -o table writes instead of `text`, with nothing added: for what may be piped into a file. */
  readonly raw?: string;
}

export function envelope<T extends { readonly kind: string }>(value: T): T & { apiVersion: string } {
  const { kind, ...rest } = value;
  return { kind, apiVersion: API_VERSION, ...rest } as unknown as T & { apiVersion: string };
}
