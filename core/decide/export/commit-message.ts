import { type DesiredState, changedParts, isPinPart, readPart } from "../../model/desired.ts";
import { firstFew } from "../../model/first-few.ts";
import type { PlanGroup } from "./order-plans.ts";

/** Revisions that Consul no longer kept when they were to be exported. */
export interface Gap {
  readonly service: string;
  readonly from: number;
  readonly to: number;
}

const LONGEST_SUBJECT = 120;

/** What a plan did, its reason, and for programs what it was (Git: trailers). */
export function planMessage({ plan, revisions }: PlanGroup, gaps: readonly Gap[]): string {
  const [first] = revisions;
  const entry = first?.entry;
  const reason = printable(entry?.reason ?? "").trim();
  const overrides = new Set(revisions.flatMap((one) => one.entry.overrides));
  const trailers = [
    `Rollpin-Plan: ${oneLine(plan)}`,
    `Rollpin-Kind: ${entry?.kind ?? "unknown"}`,
    ...revisions.map((one) => `Rollpin-Revision: ${one.service} ${one.entry.revision}`),
    ...(entry?.undoes === undefined ? [] : [`Rollpin-Undoes: ${oneLine(entry.undoes)}`]),
    ...(overrides.size === 0 ? [] : [`Rollpin-Override: ${oneLine([...overrides].join(", "))}`]),
    ...gaps.map(({ service, from, to }) => `Rollpin-Gap: ${service} ${from}-${to}`),
  ];
  return `${subjectOf(revisions)}\n\n${reason === "" ? "" : `${reason}\n\n`}${trailers.join("\n")}\n`;
}

function subjectOf(revisions: PlanGroup["revisions"]): string {
  const names = revisions.map(({ service }) => service);
  const changes = new Set(revisions.flatMap(({ entry }) => changesOf(entry.before, entry.after)));
  const subject = `${revisions[0]?.entry.kind ?? "change"} ${firstFew(names)}${changes.size === 0 ? "" : `: ${[...changes].join(", ")}`}`;
  return subject.length > LONGEST_SUBJECT ? `${subject.slice(0, LONGEST_SUBJECT)}…` : subject;
}

function changesOf(before: DesiredState, after: DesiredState): readonly string[] {
  return changedParts(before, after).flatMap((part) => {
    const [was, is] = [readPart(before, part), readPart(after, part)];
    if (!isPinPart(part) && part !== "pace") return [part];
    return [`${part} ${was === undefined ? "" : `${oneLine(was)} -> `}${is === undefined ? "gone" : oneLine(is)}`];
  });
}

export interface Author {
  readonly name: string;
  /** May be empty. */
  readonly email: string;
}

const WITH_ADDRESS = /^(.+?)\s*<([^<>\s]+)>$/u;
const ADDRESS = /^[^<>\s@]+@[^<>\s@]+$/u;
/** Git takes these away at the ends of a name (Git: ident.c, crud). */
const CRUD = /^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/gu;

/** Whoever did it, as Git can hold it: what would end the name or the line is left out. */
export function authorOf(by: string): Author {
  const line = oneLine(by);
  const [, name = line, email = ADDRESS.test(line) ? line : ""] = WITH_ADDRESS.exec(line) ?? [];
  return { name: name.replaceAll(/[<>]/g, "").replaceAll(CRUD, "") || "unknown", email };
}

function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/gu, " ").trim();
}

/** Git ends a message at a NUL, and terminals obey control characters. */
function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(/[^\P{Cc}\n\t]/gu, "\uFFFD");
}
