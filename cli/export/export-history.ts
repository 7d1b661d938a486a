import { type CommitDraft, type ExportFacts, draftCommits } from "../../core/decide/export/draft-commits.ts";
import type { Gap } from "../../core/decide/export/commit-message.ts";
import { findDivergence } from "../../core/decide/export/find-divergence.ts";
import { orderPlans } from "../../core/decide/export/order-plans.ts";
import { describeBadRecord, parseRecord } from "../../core/model/parse-record.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type TreeHead, parseTreePath, treeHeadSchema } from "../../core/model/tree.ts";
import { type GatheredExport, gatherExport } from "../../core/operations/gather-export.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { type Failure, failureOfStore, usage } from "../ending.ts";
import { writeCommits } from "../git/fast-import.ts";
import { readBlobs } from "../git/read-tree.ts";
import { type Repository, openRepository, refuseDirty } from "../git/repository.ts";
import type { Session } from "../session.ts";

export interface Exported {
  readonly folder: string;
  readonly branch: string;
  /** The newest one, also where nothing was added; undefined where there is none yet. */
  readonly commit: string | undefined;
  readonly commits: number;
  readonly revisions: number;
  readonly services: number;
  readonly gaps: readonly Gap[];
  /** What a person should know besides. */
  readonly notes: readonly string[];
}

/** Adds what history has and the repository lacks. How far that goes is read from the repository itself. */
export async function exportHistory(session: Session, path: string): Promise<Result<Exported, Failure>> {
  const { signal, world } = session;
  const opened = await openRepository(path, world.env, signal);
  if (!opened.ok) return opened;
  const repository = opened.value;
  const clean = await refuseDirty(repository);
  if (!clean.ok) return clean;
  const exported = await readHeads(repository);
  if (!exported.ok) return exported;
  const store = await session.store();
  if (!store.ok) return store;
  // The revision that the tree has is read once more, to see that it is the same one.
  const gathered = await gatherExport(store.value, (service, head) => firstWanted(exported.value.get(service), head.revision), signal);
  if (!gathered.ok) return err(failureOfStore(gathered.fault));
  const diverged = divergences(exported.value, gathered.value);
  if (diverged.length > 0) return err({ code: "conflict", message: `${repository.git.folder} can't be gone on with, and nothing was exported: ${diverged.join("; ")}. Export to another folder, or check out the commit there from which on Consul's history goes on` });
  return write(repository, exported.value, gathered.value, consulTime(store.value, world.clock));
}

function firstWanted(exported: TreeHead | undefined, newest: number): number {
  if (exported === undefined) return 1;
  return exported.revision === newest ? Infinity : exported.revision;
}

async function readHeads(repository: Repository): Promise<Result<ReadonlyMap<string, TreeHead>, Failure>> {
  const found = repository.files.flatMap((file) => {
    const place = parseTreePath(file.path);
    return place?.ok === true && place.value.kind === "head" ? [{ file, service: place.value.service }] : [];
  });
  const texts = await readBlobs(repository.git, found.map(({ file }) => file.blob));
  if (!texts.ok) return texts;
  const heads = new Map<string, TreeHead>();
  for (const [index, { file, service }] of found.entries()) {
    const parsed = parseRecord(treeHeadSchema, file.path, texts.value[index] ?? "");
    if (!parsed.ok) return err(usage(`${repository.git.folder}: ${describeBadRecord(parsed.fault)}; put back what rollpin wrote there, "git log -- ${file.path}" shows it`));
    heads.set(service, parsed.value);
  }
  return ok(heads);
}

function divergences(exported: ReadonlyMap<string, TreeHead>, { histories, services }: GatheredExport): readonly string[] {
  return [...exported].flatMap(([service, head]) => {
    const there = services.get(service)?.head;
    const entry = histories.get(service)?.find((one) => one.entry.revision === head.revision)?.entry;
    return there === undefined ? [] : (findDivergence({ service, exported: head, head: there, entry }) ?? []);
  });
}

async function write(repository: Repository, exported: ReadonlyMap<string, TreeHead>, { histories, services, unreadable }: GatheredExport, now: number): Promise<Result<Exported, Failure>> {
  const news = [...histories].map(([service, revisions]) => revisions.filter(({ entry }) => entry.revision > (exported.get(service)?.revision ?? 0)));
  const facts: ExportFacts = {
    files: new Map(repository.files.map(({ blob, path }) => [path, blob])),
    blobIdOf: (text) => repository.blobIdOf(text),
    exported,
    groups: orderPlans(news),
    services,
    now,
  };
  const tally = { commits: 0, revisions: 0, gaps: [] as Gap[] };
  const counted = function* (): Generator<CommitDraft> {
    for (const draft of draftCommits(facts)) {
      tally.commits += 1;
      tally.revisions += draft.revisions;
      tally.gaps.push(...draft.gaps);
      yield draft;
    }
  };
  const written = await writeCommits(repository, counted());
  if (!written.ok) return written;
  const lost = [...exported.keys()].filter((service) => !services.has(service)).sort();
  const notes = [
    ...unreadable.map((bad) => `${describeBadRecord(bad)}: it was left out`),
    ...(lost.length === 0 ? [] : [`${lost.join(", ")}: in the repository, and unknown to Consul: left as it is there`]),
  ];
  return ok({ folder: repository.git.folder, branch: repository.branch.replace(/^refs\/heads\//, ""), commit: written.value ?? repository.tip, services: services.size, ...tally, notes });
}
