/** `{{version}}` and its kind: the only thing that is filled into what the agent's file says. */
const PLACEHOLDER = /\{\{\s*([A-Za-z]+)\s*\}\}/g;

export interface Placeholder {
  readonly name: string;
  /** As written, spaces included. */
  readonly text: string;
}

export function placeholdersIn(text: string): readonly Placeholder[] {
  return [...text.matchAll(PLACEHOLDER)].map(([written, name = ""]) => ({ name, text: written }));
}

/** Fills in `{{name}}`, written exactly so. What is not among the values stays as it is. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{([A-Za-z]+)\}\}/g, (written, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? written) : written));
}
