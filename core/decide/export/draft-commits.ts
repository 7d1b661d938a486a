import { parseIsoTime } from "../../clock.ts";
import { type Part, changedParts, isPinPart, partsOf, readPart } from "../../model/desired.ts";
import type { Stored } from "../../model/facts.ts";
import type { Head, Release, Verdict } from "../../model/records.ts";
import { ATTRIBUTES, ATTRIBUTES_TEXT, MARKER, MARKER_TEXT, type TreeHead, parseTreePath, partPath, releasePath, treeHeadPath, verdictPath } from "../../model/tree.ts";
import { canonical, digestOf } from "../digest.ts";
import { determineSchema } from "../schema/schema-ground.ts";
import { versionsLeft } from "../routing/versions-left.ts";
import { type Author, type Gap, authorOf, planMessage } from "./commit-message.ts";
import type { KeptRevision, PlanGroup } from "./order-plans.ts";

export interface FileChange {
  readonly path: string;
  /** Undefined: it goes. */
  readonly text: string | undefined;
}

export interface CommitDraft {
  readonly author: Author;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: string;
  readonly changes: readonly FileChange[];
  readonly gaps: readonly Gap[];
  /** History entries in it: none in one that only keeps releases and verdicts. */
  readonly revisions: number;
}

export interface ExportFacts {
  /** What the tree has now: by path, what Git calls the content. */
  readonly files: ReadonlyMap<string, string>;
  /** What Git would call it. */
  readonly blobIdOf: (text: string) => string;
  /** Where the tree's services stand. */
  readonly exported: ReadonlyMap<string, TreeHead>;
  /** Revisions that it lacks. */
  readonly groups: readonly PlanGroup[];
  readonly services: ReadonlyMap<string, ExportedService>;
  /** By Consul's clock. */
  readonly now: number;
}

export interface ExportedService {
  readonly head: Head;
  readonly releases: ReadonlyMap<string, Stored<Release>>;
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/**
 * One commit for each plan, then one for what has no revision: releases that no pin has named yet, and verdicts that
 * somebody spoke. A commit writes what its revision changed, so that what people changed beside it in the tree stays
 * there for `rollpin import`; all of a service's state only where the tree doesn't hold the state before.
 */
export function* draftCommits(facts: ExportFacts): Generator<CommitDraft, void> {
  const tree = createTree(facts);
  const standing = new Map(facts.exported);
  let last = 0;
  for (const group of facts.groups) {
    const gaps: Gap[] = [];
    for (const revision of group.revisions) {
      const former = standing.get(revision.service);
      gaps.push(...gapBefore(revision, former));
      standing.set(revision.service, writeRevision(tree, facts, revision, former));
    }
    last = Math.max(0, parseIsoTime(group.at));
    yield { author: authorOf(group.revisions[0]?.entry.by ?? ""), at: last, message: planMessage(group, gaps), changes: tree.take(), gaps, revisions: group.revisions.length };
  }
  const kept = writeRest(tree, facts);
  const changes = tree.take();
  if (kept.length > 0) yield { author: { name: "rollpin", email: "" }, at: Math.max(last, facts.now), message: restMessage(kept), changes, gaps: [], revisions: 0 };
}

interface Tree {
  paths(): readonly string[];
  has(path: string): boolean;
  /** Whether that is news. */
  set(path: string, text: string | undefined): boolean;
  /** Paths of a service's parts. */
  partsOf(service: string): readonly Part[];
  /** What changed since it was last asked. */
  take(): readonly FileChange[];
}

function createTree({ blobIdOf, files: before }: ExportFacts): Tree {
  const files = new Map(before);
  const parts = new Map<string, Set<Part>>();
  const changes = new Map<string, FileChange>();
  const note = (path: string, isThere: boolean): void => {
    const place = parseTreePath(path);
    if (place?.ok !== true || place.value.kind !== "part") return;
    const { part, service } = place.value;
    const known = parts.get(service) ?? new Set();
    parts.set(service, known);
    if (isThere) known.add(part);
    else known.delete(part);
  };
  for (const path of files.keys()) note(path, true);
  const set: Tree["set"] = (path, text) => {
    const id = text === undefined ? undefined : blobIdOf(text);
    if (files.get(path) === id) return false;
    if (id === undefined) files.delete(path);
    else files.set(path, id);
    note(path, id !== undefined);
    changes.set(path, { path, text });
    return true;
  };
  if (files.size === 0) for (const [path, text] of [[MARKER, MARKER_TEXT], [ATTRIBUTES, ATTRIBUTES_TEXT]] as const) set(path, text);
  return {
    paths: () => [...files.keys()],
    has: (path) => files.has(path),
    set,
    partsOf: (service) => [...(parts.get(service) ?? [])],
    take: () => {
      const taken = [...changes.values()];
      changes.clear();
      return taken;
    },
  };
}

/** These get a number above all that any agent had applied, so those between may never have been. */
const JUMPS: ReadonlySet<string> = new Set(["restore", "import"]);

function gapBefore({ entry, service }: KeptRevision, former: TreeHead | undefined): readonly Gap[] {
  const next = (former?.revision ?? 0) + 1;
  return entry.revision > next && !JUMPS.has(entry.kind) ? [{ service, from: next, to: entry.revision - 1 }] : [];
}

function writeRevision(tree: Tree, { services }: ExportFacts, { createIndex, entry, service }: KeptRevision, former: TreeHead | undefined): TreeHead {
  const { after, before } = entry;
  const continues = former === undefined ? partsOf(before).length === 0 : former.digest === digestOf(before);
  const parts = continues ? changedParts(before, after) : [...new Set([...tree.partsOf(service), ...partsOf(after)])];
  for (const part of parts) tree.set(partPath(service, part), fileOf(part, readPart(after, part)));
  for (const { after: verdict, version } of entry.verdicts ?? []) tree.set(verdictPath(service, version), verdict === undefined ? undefined : jsonFile(verdict));
  const known = services.get(service);
  const pinned = new Set(Object.values(after.pins));
  for (const [version, release] of known?.releases ?? []) {
    if ((release.createIndex < createIndex || pinned.has(version)) && !tree.has(releasePath(service, version))) tree.set(releasePath(service, version), jsonFile(release.value));
  }
  const head = headOf(entry, former, known);
  tree.set(treeHeadPath(service), jsonFile(head));
  return head;
}

type OnlyInHeads = Pick<Head, "mode" | "left" | "schema">;

function headOf(entry: KeptRevision["entry"], former: TreeHead | undefined, known: ExportedService | undefined): TreeHead {
  const { after, at, by, kind, plan, revision } = entry;
  const { left = [], mode = "enforce", schema } = known?.head.revision === revision ? known.head : followed(entry, former, known);
  return { revision, digest: digestOf(after), plan, kind, at, by, ...(mode === "enforce" ? {} : { mode }), ...(left.length === 0 ? {} : { left: [...left] }), ...(schema === undefined ? {} : { schema }) };
}

/** What only heads say, followed through history as far as that tells. */
function followed({ after, before, mode }: KeptRevision["entry"], former: TreeHead | undefined, known: ExportedService | undefined): OnlyInHeads {
  return {
    mode: mode?.after ?? former?.mode,
    left: [...versionsLeft(former?.left ?? [], before, after)],
    schema: determineSchema(former, after.pins, (version) => known?.releases.get(version)?.value),
  };
}

/** Pins and paces are lines for people; config and routes are kept byte for byte. */
function fileOf(part: Part, text: string | undefined): string | undefined {
  return text !== undefined && (isPinPart(part) || part === "pace") ? `${text}\n` : text;
}

function jsonFile(value: Release | Verdict | TreeHead): string {
  return `${JSON.stringify(JSON.parse(canonical(value)), undefined, 2)}\n`;
}

/** What was news, in words. Verdicts that somebody took away go; a service that Consul doesn't know stays as it is. */
function writeRest(tree: Tree, { services }: ExportFacts): readonly string[] {
  const news: string[] = [];
  for (const [service, { releases, verdicts }] of services) {
    for (const [version, { value }] of releases) if (tree.set(releasePath(service, version), jsonFile(value))) news.push(`${service} ${version} is registered`);
    for (const [version, verdict] of verdicts) if (tree.set(verdictPath(service, version), jsonFile(verdict))) news.push(`${service} ${version} is ${verdict.verdict}, by ${authorOf(verdict.by).name}`);
  }
  for (const path of tree.paths()) {
    const place = parseTreePath(path);
    if (place?.ok !== true || place.value.kind !== "verdict") continue;
    const { service, version } = place.value;
    const known = services.get(service);
    if (known !== undefined && !known.verdicts.has(version) && tree.set(path, undefined)) news.push(`the verdict on ${service} ${version} is cleared`);
  }
  return news;
}

const MOST_NEWS = 50;

function restMessage(news: readonly string[]): string {
  const more = news.length - MOST_NEWS;
  const lines = more > 0 ? [...news.slice(0, MOST_NEWS), `and ${more} more`] : news;
  const [only] = news;
  return news.length === 1 && only !== undefined ? `${only}\n` : `releases and verdicts: ${news.length} changes without a revision of their own\n\n${lines.join("\n")}\n`;
}
