/** Liquid, strict: a missing variable or filter is an error, prototypes can't be reached, loops and memory are bounded. */
import { dirname } from "node:path";
import { readFile } from "node:fs/promises";
import type { Liquid } from "liquidjs";
import { messageOf } from "../../core/model/message-of.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { regexLiteral } from "./regex-literal.ts";

export interface Renderer {
  /** Reads the source anew each time: it is a file that people edit. */
  render(values: object): Promise<Result<string, string>>;
}

const MOST_MEMORY = 64 * 1024 * 1024;
const LONGEST_RENDER_MS = 2_000;
const LARGEST_SOURCE = 1024 * 1024;

export function createRenderer(source: string): Renderer {
  let engine: Liquid | undefined;
  return {
    render: async (values) => {
      engine ??= await createEngine(dirname(source));
      try {
        const text = await readFile(source, "utf8");
        if (text.length > LARGEST_SOURCE) return err(`${source} is larger than ${LARGEST_SOURCE} bytes`);
        return ok(String(await engine.parseAndRender(text, values)));
      } catch (error) {
        return err(`${source} can't be rendered: ${messageOf(error)}`);
      }
    },
  };
}

async function createEngine(root: string): Promise<Liquid> {
  const { Liquid } = await import("./liquid.ts");
  const engine = new Liquid({
    root: [root],
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    renderLimit: LONGEST_RENDER_MS,
    memoryLimit: MOST_MEMORY,
    parseLimit: LARGEST_SOURCE,
  });
  engine.registerFilter("token", token);
  engine.registerFilter("quote", quote);
  engine.registerFilter("word", word);
  engine.registerFilter("nginx_quote", nginxQuote);
  engine.registerFilter("regex", regex);
  return engine;
}

const TOKEN = /^[A-Za-z0-9._:-]+$/;
// oxlint-disable-next-line no-control-regex -- these are the characters it is about
const CONTROL = /[\u0000-\u001F\u007F\u2028\u2029]/;

/** A word that means nothing to any configuration language, or an error. */
function token(value: unknown): string {
  const text = textOf(value, "token");
  if (TOKEN.test(text)) return text;
  throw new Error(`token: ${JSON.stringify(text.slice(0, 64))} has other characters than A-Z, a-z, 0-9 and ". _ : -"`);
}

/** A name, or the rest of one, in any language that has names: letters, digits and `_`. */
function word(value: unknown): string {
  const text = textOf(value, "word");
  if (/^\w+$/.test(text)) return text;
  throw new Error(`word: ${JSON.stringify(text.slice(0, 64))} has other characters than A-Z, a-z, 0-9 and "_"`);
}

/** For a part of a pattern; what isn't ASCII is bytes to some and characters to others. */
function regex(value: unknown): string {
  const text = textOf(value, "regex");
  if (/^[ -~]*$/.test(text)) return regexLiteral(text);
  throw new Error(`regex: ${JSON.stringify(text.slice(0, 64))} has other characters than visible ASCII and spaces`);
}

/** As `quote`; nginx reads the two it escapes alike. There is no way to write a "$" where nginx looks for variables. */
function nginxQuote(value: unknown): string {
  const text = textOf(value, "nginx_quote");
  if (text.includes("$")) throw new Error(`nginx_quote: ${JSON.stringify(text.slice(0, 64))} has a "$", which nginx can't be told to take as it is`);
  return quotedBy("nginx_quote", text);
}

/** In double quotes, with backslashes before quotes and backslashes; control characters, line ends above all, are an error. */
function quote(value: unknown): string {
  return quotedBy("quote", textOf(value, "quote"));
}

function quotedBy(filter: string, text: string): string {
  if (CONTROL.test(text)) throw new Error(`${filter}: ${JSON.stringify(text.slice(0, 64))} has a line end or another control character`);
  return `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
}

function textOf(value: unknown, filter: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Error(`${filter}: takes text, a number or true and false, nothing else`);
}
