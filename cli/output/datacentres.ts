/** What is planned, and what was done, in several datacentres: one after the other. */
import type { Asked } from "../../core/model/requests.ts";
import type { Look } from "../datacentres/look.ts";
import type { Followed } from "../datacentres/receipts.ts";
import { changePrintable } from "./change.ts";
import { planText, shortFingerprint } from "./plan-text.ts";
import { planPrintable, planValue } from "./plan-value.ts";
import type { Printable } from "./printable.ts";
import { receiptValue } from "./receipt-value.ts";
import { type Screen, visible } from "./screen.ts";
import { wrap } from "./table.ts";

/** A dry run. */
export function plansPrintable(fingerprint: string, looks: readonly Look[], asked: Asked): Printable {
  return {
    value: plansValue(fingerprint, looks, asked),
    text: (screen) => `${plansText(fingerprint, looks, screen)}\n${screen.paint("dim", "dry run: nothing was changed")}`,
  };
}

function plansValue(fingerprint: string, looks: readonly Look[], asked: Asked) {
  return {
    kind: "plans",
    fingerprint,
    datacentres: looks.map((look) => (look.kind === "planned" ? { dc: look.dc, outcome: look.kind, plan: planPrintable(look.prepared.plan, asked).plan } : { dc: look.dc, outcome: look.kind, message: look.message })),
  };
}

export function plansText(fingerprint: string, looks: readonly Look[], screen: Screen): string {
  const names = looks.map(({ dc }) => dc).join(", ");
  const order = looks.length === 1 ? `1 datacentre: ${names}` : `${looks.length} datacentres, in this order: ${names}`;
  return [`${screen.paint("bold", order)} ${screen.paint("dim", `(${shortFingerprint(fingerprint)})`)}`, ...looks.flatMap((look) => [heading(look.dc, screen), lookText(look, screen)])].join("\n");
}

const heading = (dc: string, screen: Screen): string => screen.paint("bold", `== ${visible(dc)}`);

export function lookText(look: Look, screen: Screen): string {
  if (look.kind === "planned") return planText(look.prepared.plan, screen);
  return notDone(look, screen);
}

function notDone({ kind, message }: { readonly kind: "unchanged" | "unreachable"; readonly message: string }, screen: Screen): string {
  if (kind === "unchanged") return wrap(`nothing to change: ${visible(message)}`, screen.columns, "  ");
  return screen.paint("yellow", wrap(`${visible(message)}; it is left to be resumed`, screen.columns, "  "));
}

export interface Changes {
  readonly fingerprint: string;
  readonly looks: readonly Look[];
  readonly followed: readonly Followed[];
  readonly operation?: string | undefined;
  /** What is left, and how to go on with it. */
  readonly message?: string | undefined;
}

export function changesPrintable(changes: Changes): Printable {
  const { followed, looks, message } = changes;
  return {
    value: changesValue(changes),
    text: (screen) => {
      if (looks.every(({ kind }) => kind === "unchanged")) return looks.flatMap((look) => (look.kind === "unchanged" ? [`${look.dc}: nothing to change: ${look.message}`] : [])).join("\n");
      const lines = looks.flatMap((look) => [heading(look.dc, screen), doneText(look, followed.find(({ dc }) => dc === look.dc), message !== undefined, screen)]);
      // On one line, as a failure would be: the command in it is to be copied.
      return [...lines, ...(message === undefined ? [] : [screen.paint("yellow", visible(message))])].join("\n");
    },
  };
}

function doneText(look: Look, followed: Followed | undefined, isLeft: boolean, screen: Screen): string {
  if (look.kind !== "planned") return notDone(look, screen);
  if (followed === undefined) return isLeft ? screen.paint("yellow", "not applied yet") : "nothing to change: it was made so meanwhile";
  return changePrintable(look.prepared.plan, followed.applied, followed.waited).text(screen);
}

function changesValue({ fingerprint, followed, looks, message, operation }: Changes) {
  return { kind: "changes", changed: followed.length > 0, fingerprint, operation, message, datacentres: looks.map((look) => doneValue(look, followed.find(({ dc }) => dc === look.dc), message !== undefined)) };
}

/** What could be planned and was not applied went away in between, or was made so by another. */
function doneValue(look: Look, followed: Followed | undefined, isLeft: boolean) {
  if (look.kind !== "planned") return { dc: look.dc, outcome: look.kind, message: look.message };
  if (followed === undefined) return { dc: look.dc, outcome: isLeft ? "unreachable" : "unchanged" };
  return { dc: look.dc, outcome: "applied", ...appliedValue(followed), plan: followed.prepared === undefined ? undefined : planValue(followed.prepared.plan) };
}

function appliedValue({ applied: { at, id, services }, waited }: Followed) {
  return { message: waited?.stopped, id, at, services: services.map(({ revision, service }) => ({ service, revision })), receipt: waited?.receipt === undefined ? undefined : receiptValue(waited.receipt) };
}

/** Of an operation that was resumed: what was applied now. */
export function followedValue(followed: readonly Followed[]) {
  return followed.map((one) => {
    const { at: _, ...rest } = appliedValue(one);
    return { dc: one.dc, ...rest };
  });
}

export function followedText(followed: readonly Followed[], screen: Screen): readonly string[] {
  return followed.flatMap(({ applied, dc, prepared, waited }) => [heading(dc, screen), prepared === undefined ? `${applied.id}${waited?.stopped === undefined ? "" : `; ${waited.stopped}`}` : changePrintable(prepared.plan, applied, waited).text(screen)]);
}
