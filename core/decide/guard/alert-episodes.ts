/**
 * What is known of alerts, one entry for each fingerprint (a set of labels), from words that may come twice, late, or out of
 * order. An alert that begins again has another start: by it an old word is told from a new one.
 */

export interface Alert {
  /** Alertmanager's own digest of all labels. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
  readonly service: string;
  /** Undefined where the alert names none. */
  readonly version: string | undefined;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** For a person: the annotation `summary`, or `description`. */
  readonly words: string;
  /** Where Prometheus shows its rule. */
  readonly source: string;
}

export interface AlertWord {
  readonly alert: Alert;
  readonly firing: boolean;
}

/** Whether a word says something that wasn't known. What resolved stays so, whoever repeats that it fires. */
export function isNewWord(known: AlertWord | undefined, { alert, firing }: AlertWord): boolean {
  if (known === undefined || alert.startsAt > known.alert.startsAt) return true;
  return alert.startsAt === known.alert.startsAt && known.firing && !firing;
}
