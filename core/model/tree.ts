/** The folder that `rollpin export` writes and `rollpin import` reads: which file stands for what. Documented in docs/reference/tree.md. */
import * as z from "zod/mini";
import { type DesiredState, type Part, parsePart } from "./desired.ts";
import { parseServiceName, parseVersion, quoteForPerson } from "./names.ts";
import { type Release, type Verdict, headSchema, revisionSchema } from "./records.ts";
import { type Result, err, ok } from "./result.ts";

/** At the top of such a folder, so that no other is taken for one. */
export const MARKER = "rollpin.json";
export const MARKER_TEXT = `${JSON.stringify({ kind: "history", apiVersion: "rollpin/v1" })}\n`;

/** Configs are kept byte for byte, whatever a Git is set to do with ends of lines. */
export const ATTRIBUTES = ".gitattributes";
export const ATTRIBUTES_TEXT = "* -text\n";

const SERVICES = "services/";
export const treeHeadPath = (service: string): string => `${SERVICES}${service}/head.json`;
export const partPath = (service: string, part: Part): string => `${SERVICES}${service}/${part}`;
export const releasePath = (service: string, version: string): string => `${SERVICES}${service}/releases/${version}.json`;
export const verdictPath = (service: string, version: string): string => `${SERVICES}${service}/verdicts/${version}.json`;

/** Where a service stood when its files were written. */
export const treeHeadSchema = z.strictObject({
  revision: revisionSchema.shape.revision,
  /** Of the desired state of that revision, whatever has become of the files since. */
  digest: z.string(),
  plan: revisionSchema.shape.plan,
  kind: revisionSchema.shape.kind,
  at: revisionSchema.shape.at,
  by: revisionSchema.shape.by,
  mode: headSchema.shape.mode,
  left: headSchema.shape.left,
  schema: headSchema.shape.schema,
});
export type TreeHead = z.infer<typeof treeHeadSchema>;

export type TreePlace =
  | { readonly kind: "part"; readonly service: string; readonly part: Part }
  | { readonly kind: "head"; readonly service: string }
  | { readonly kind: "release" | "verdict"; readonly service: string; readonly version: string };

/** What a file is, by its path with slashes. Undefined outside `services/`, where anything may lie. The error is a sentence. */
export function parseTreePath(path: string): Result<TreePlace, string> | undefined {
  if (!path.startsWith(SERVICES)) return undefined;
  const [name = "", ...rest] = path.slice(SERVICES.length).split("/");
  const service = parseServiceName(name);
  if (!service.ok) return service;
  const [first = "", second, ...deeper] = rest;
  if (second === undefined) return placeOfFile(service.value, first);
  const kind = FOLDERS.get(first);
  if (kind === undefined || deeper.length > 0 || !second.endsWith(".json")) return err(`nothing is called ${quoteForPerson(rest.join("/"))} in a service's folder: ${KNOWN}`);
  const version = parseVersion(second.slice(0, -".json".length));
  return version.ok ? ok({ kind, service: service.value, version: version.value }) : version;
}

const FOLDERS: ReadonlyMap<string, "release" | "verdict"> = new Map([["releases", "release"], ["verdicts", "verdict"]]);
const KNOWN = "known are pin, pin.<track>, config, routes, pace, head.json, releases/<version>.json and verdicts/<version>.json";

function placeOfFile(service: string, name: string): Result<TreePlace, string> {
  if (name === "head.json") return ok({ kind: "head", service });
  const part = parsePart(name);
  return part === undefined ? err(`nothing is called ${quoteForPerson(name)} in a service's folder: ${KNOWN}`) : ok({ kind: "part", service, part });
}

/** What such a folder says of one service. */
export interface TreeService {
  readonly service: string;
  readonly state: DesiredState;
  /** Absent where no revision was written yet, or a person made the folder. */
  readonly head: TreeHead | undefined;
  readonly releases: ReadonlyMap<string, Release>;
  readonly verdicts: ReadonlyMap<string, Verdict>;
}
