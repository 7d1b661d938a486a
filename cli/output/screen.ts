import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** What text for a person needs to know about where it is shown. */
export interface Screen {
  readonly columns: number;
  /** Milliseconds since the epoch: ages are counted from here. */
  readonly now: number;
  paint(style: Style, text: string): string;
}

export function screenOf(options: { readonly columns: number; readonly now: number; readonly color: boolean }): Screen {
  return {
    columns: options.columns,
    now: options.now,
    paint: options.color ? (style, text) => (text === "" ? text : styleText(style, text, ANYWHERE)) : (_, text) => text,
  };
}

/** Whether there is a terminal is decided by who makes the screen, not by what styleText thinks of stdout. */
const ANYWHERE = { validateStream: false };

/** Text from Consul for a terminal: control characters (escape sequences among them) are made visible, line breaks too. */
export function visible(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  // oxlint-disable-next-line no-control-regex -- these are the characters it is about
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g, (character) => {
    const short = SHORT[character];
    return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const PRINTABLE_ASCII = /^[ -~]*$/;

/** How wide it is without colours. */
export function widthOf(text: string): number {
  // A fleet's status and a long history measure some hundred thousand words.
  if (PRINTABLE_ASCII.test(text)) return text.length;
  // oxlint-disable-next-line no-control-regex -- strips what styleText adds
  return Array.from(text.replaceAll(/\u001B\[[0-9;]*m/g, "")).length;
}
