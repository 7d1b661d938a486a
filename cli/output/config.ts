import type { Printable } from "./printable.ts";

export interface ConfigFields {
  readonly service: string;
  readonly revision: number;
  readonly config: string | undefined;
}

/** The text itself, as it is: what is written to a file should be what is in Consul. */
export function configPrintable({ service, revision, config }: ConfigFields): Printable {
  const text = config ?? "";
  return { value: configValue({ service, revision, config }), text: () => text, raw: text };
}

function configValue({ service, revision, config }: ConfigFields) {
  return { kind: "config", service, revision, config: config ?? null };
}
