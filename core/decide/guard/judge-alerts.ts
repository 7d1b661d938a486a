import type { AlertmanagerSettings } from "../../config/signals/alertmanager.ts";
import { isoTime } from "../../clock.ts";
import { firstFew } from "../../model/first-few.ts";
import type { Evidence, Reading, Suspect } from "../../model/reading.ts";
import type { Alert } from "./alert-episodes.ts";

export interface AlertFacts {
  readonly suspect: Suspect;
  readonly settings: AlertmanagerSettings;
  /** Of the suspect's service, all that fire. */
  readonly firing: readonly Alert[];
  /** Why nothing is known where nothing fires; undefined where silence can be believed. */
  readonly unsure: string | undefined;
}

export function judgeAlerts({ firing, settings, suspect, unsure }: AlertFacts): Reading {
  const meant = firing.filter((alert) => isMeant(alert, settings));
  const own = meant.filter(({ version }) => version === suspect.version || (version === undefined && settings.anyVersion));
  const [first] = own.toSorted((a, b) => a.startsAt - b.startsAt);
  if (first !== undefined) {
    const others = meant.filter(({ name, version }) => version !== undefined && version === suspect.baseline && own.some((each) => each.name === name));
    const named = own.some(({ version }) => version !== undefined) && suspect.baseline !== undefined;
    const also = others.length === 0 ? "" : `; so does its baseline ${suspect.baseline}`;
    return {
      says: "bad",
      summary: `${suspect.service} ${suspect.version} sets off ${own.length === 1 ? "an alert" : `${own.length} alerts`}: ${firstFew([...new Set(own.map(sayAlert))])}${also}`,
      since: isoTime(first.startsAt),
      ...(named ? { alike: others.length > 0 } : {}),
      evidence: evidenceOf([...own, ...others]),
    };
  }
  if (unsure !== undefined) return { says: "no-data", summary: `no alert is known to fire for ${suspect.service} ${suspect.version}, but ${unsure}`, evidence: [] };
  const elsewhere = meant.length === 0 ? "" : `, though ${meant.length === 1 ? "one does" : `${meant.length} do`} for other versions or none`;
  return { says: "good", summary: `no alert fires for ${suspect.service} ${suspect.version}${elsewhere}`, evidence: evidenceOf(meant) };
}

function isMeant({ labels, name }: Alert, settings: AlertmanagerSettings): boolean {
  const names = settings.alertname === undefined ? [name] : [settings.alertname].flat();
  return names.includes(name) && Object.entries(settings.labels).every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value);
}

const LONGEST = 200;
const MOST_LABELS = 20;
const MOST_BYTES = 12 * 1024;

/** An alert's words come from a template, and may be long. */
const sayAlert = ({ name, words }: Alert): string => (words === "" ? name.slice(0, LONGEST) : `${name.slice(0, LONGEST)} (${words.slice(0, LONGEST)})`);

/** As many as fit into what a reading may carry. */
function evidenceOf(alerts: readonly Alert[]): readonly Evidence[] {
  const evidence: Evidence[] = [];
  let bytes = 0;
  for (const { fingerprint, labels, name, source, startsAt, words } of alerts) {
    const shown = Object.fromEntries(Object.entries(labels).slice(0, MOST_LABELS).map(([label, value]) => [label.slice(0, LONGEST), value.slice(0, LONGEST)]));
    const one = { kind: "alert", alertname: name.slice(0, LONGEST), startsAt: isoTime(startsAt), fingerprint, labels: shown, summary: words.slice(0, LONGEST), source: source.slice(0, LONGEST) };
    bytes += Buffer.byteLength(JSON.stringify(one));
    if (bytes > MOST_BYTES) break;
    evidence.push(one);
  }
  return evidence;
}
