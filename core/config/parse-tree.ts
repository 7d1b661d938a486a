import * as z from "zod/mini";
import { type DesiredState, NOTHING_DESIRED, type Part, isPinPart, withPart } from "../model/desired.ts";
import { paceText, parsePace } from "../model/pace.ts";
import { parsePin, pinText } from "../model/pin.ts";
import { type Release, type Verdict, releaseSchema, verdictSchema } from "../model/records.ts";
import { type Result, err, ok } from "../model/result.ts";
import { MARKER, type TreeHead, type TreePlace, type TreeService, parseTreePath, treeHeadSchema } from "../model/tree.ts";
import type { ConfigError } from "./config-error.ts";
import { parseRoutes } from "./parse-routes.ts";
import { parseYamlAs } from "./parse-yaml-as.ts";

export interface TreeFile {
  /** With slashes, from the top of the tree. */
  readonly path: string;
  /** Undefined for what is no plain file, such as a link. */
  readonly bytes: Uint8Array | undefined;
}

type Parsed<T> = Result<T, readonly ConfigError[]>;

/** Reads the tree of an export, or says everything that is wrong in any of its files. Files outside `services/` are nobody's business. */
export function parseTree(files: readonly TreeFile[]): Parsed<ReadonlyMap<string, TreeService>> {
  const services = new Map<string, Draft>();
  const errors: ConfigError[] = files.some(({ path }) => path === MARKER) ? [] : [wholeFile(MARKER, `is missing: the folder is no export of rollpin; where it is meant to be one, put {"kind": "history", "apiVersion": "rollpin/v1"} there`)];
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const read = file.path === MARKER ? readMarker(file) : readInto(services, file);
    if (!read.ok) errors.push(...read.fault);
  }
  return errors.length > 0 ? err(errors) : ok(services);
}

interface Draft extends TreeService {
  state: DesiredState;
  head: TreeHead | undefined;
  readonly releases: Map<string, Release>;
  readonly verdicts: Map<string, Verdict>;
}

const markerSchema = z.object({ kind: z.literal("history"), apiVersion: z.literal("rollpin/v1") });

function readMarker(file: TreeFile): Parsed<void> {
  const read = readJson(markerSchema, file);
  return read.ok ? ok(undefined) : read;
}

function readInto(services: Map<string, Draft>, file: TreeFile): Parsed<void> {
  const place = parseTreePath(file.path);
  if (place === undefined) return ok(undefined);
  if (!place.ok) return err([wholeFile(file.path, place.fault)]);
  const { service } = place.value;
  const draft: Draft = services.get(service) ?? { service, state: NOTHING_DESIRED, head: undefined, releases: new Map(), verdicts: new Map() };
  services.set(service, draft);
  return readPlace(draft, place.value, file);
}

function readPlace(draft: Draft, place: TreePlace, file: TreeFile): Parsed<void> {
  switch (place.kind) {
    case "part":
      return then(readPart(place.part, file), (text) => void (draft.state = withPart(draft.state, place.part, text)));
    case "head":
      return then(readJson(treeHeadSchema, file), (head) => void (draft.head = head));
    case "release":
      return then(readRelease(place.version, file), (release) => void draft.releases.set(place.version, release));
    case "verdict":
      return then(readJson(verdictSchema, file), (verdict) => void draft.verdicts.set(place.version, verdict));
  }
}

function then<T>(parsed: Parsed<T>, use: (value: T) => void): Parsed<void> {
  if (!parsed.ok) return parsed;
  use(parsed.value);
  return ok(undefined);
}

function readPart(part: Part, file: TreeFile): Parsed<string> {
  const text = textOf(file);
  if (!text.ok || part === "config") return text;
  if (part === "routes") {
    const routes = parseRoutes(text.value, file.path);
    return routes.ok ? text : routes;
  }
  const normal = isPinPart(part) ? readPin(text.value) : readPace(text.value);
  return normal.ok ? normal : err([wholeFile(file.path, normal.fault)]);
}

function readPin(text: string): Result<string, string> {
  const pin = parsePin(text);
  if (!pin.ok) return pin;
  return pin.value.kind === "version" && pin.value.override ? err('"!override" can\'t stand in a file: say --override when you import it') : ok(pinText(pin.value));
}

function readPace(text: string): Result<string, string> {
  const pace = parsePace(text);
  return pace.ok ? ok(paceText(pace.value)) : pace;
}

/** What it needs of others was checked when it was registered. */
function readRelease(version: string, file: TreeFile): Parsed<Release> {
  const release = readJson(releaseSchema, file);
  if (!release.ok || release.value.version === version) return release;
  return err([wholeFile(file.path, `it is about version ${release.value.version}: a release's file is called after its version`)]);
}

/** JSON is read as such; only what can't be is read once more, for the places of what is wrong. */
function readJson<S extends z.core.$ZodType>(schema: S, file: TreeFile): Parsed<z.output<S>> {
  const text = textOf(file);
  if (!text.ok) return text;
  const quick = z.safeParse(z.pipe(z.transform(readAsJson), schema), text.value);
  return quick.success ? ok(quick.data) : parseYamlAs(schema, text.value, file.path, () => []);
}

function readAsJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** As large as a value in Consul may be. */
const LARGEST = 512 * 1024;

function textOf({ bytes, path }: TreeFile): Parsed<string> {
  if (bytes === undefined) return err([wholeFile(path, "it is no plain file: links and submodules aren't followed")]);
  if (bytes.byteLength > LARGEST) return err([wholeFile(path, `it is ${bytes.byteLength} bytes long; the limit is ${LARGEST}`)]);
  try {
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return err([wholeFile(path, "it is no UTF-8 text")]);
  }
}

function wholeFile(file: string, message: string): ConfigError {
  return { message, path: "", file, line: 1, column: 1 };
}
