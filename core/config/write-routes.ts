/** Changes a routing document as a careful person would: what isn't concerned stays as it is written, comments too. */
import { isDeepStrictEqual } from "node:util";
import { Document, parseDocument } from "yaml";
import { parseWrittenRoutes } from "./parse-routes.ts";
import type { WrittenRoutes } from "./routes-schema.ts";

const STYLE = { lineWidth: 0, flowCollectionPadding: false } as const;

/** The text that says `wanted`; undefined where there is nothing left to say. `text` is a good document, or undefined for none. */
export function writeRoutes(text: string | undefined, wanted: WrittenRoutes): string | undefined {
  if (Object.keys(wanted).length === 0) return undefined;
  if (text === undefined) return writeAnew(wanted);
  if (isJson(text)) return `${JSON.stringify(wanted, undefined, text.includes("\n") ? 2 : undefined)}\n`;
  const edited = editYaml(text, wanted);
  return edited !== undefined && says(edited, wanted) ? edited : writeAnew(wanted);
}

function writeAnew(wanted: WrittenRoutes): string {
  const document = new Document(wanted);
  for (const [key, value] of Object.entries(wanted)) if (key !== "rules") document.setIn([key], document.createNode(value, { flow: true }));
  return document.toString(STYLE);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Undefined where it is written in a way that can't be edited in place, as by anchors. */
function editYaml(text: string, wanted: WrittenRoutes): string | undefined {
  const document = parseDocument(text, { stringKeys: true });
  try {
    change(document, [], document.toJS(), wanted);
    return document.toString(STYLE);
  } catch {
    return undefined;
  }
}

function change(document: Document, path: readonly PropertyKey[], from: unknown, to: unknown): void {
  if (isDeepStrictEqual(from, to)) return;
  if (!isBlock(from) || !isBlock(to)) return document.setIn(path, document.createNode(to, { flow: true }));
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) document.deleteIn([...path, stepOf(from, key)]);
  for (const [key, value] of Object.entries(to)) change(document, [...path, stepOf(to, key)], from[key], value);
}

function isBlock(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function stepOf(parent: object, key: string): PropertyKey {
  return Array.isArray(parent) ? Number(key) : key;
}

function says(text: string, wanted: WrittenRoutes): boolean {
  const read = parseWrittenRoutes(text, "routes");
  return read.ok && isDeepStrictEqual(read.value, wanted);
}
