/** What a simulated canary is given: how many requests a second, both versions together, how long it runs, and how often it is looked at. */
export interface Traffic {
  readonly name: string;
  readonly perSecond: number;
  readonly lastsS: number;
  readonly everyS: number;
}

export const TRAFFIC = [
  { name: "6 an hour, for a day", perSecond: 6 / 3600, lastsS: 86_400, everyS: 10 },
  { name: "2 a minute, for 6 hours", perSecond: 1 / 30, lastsS: 21_600, everyS: 10 },
  { name: "1 a second, for an hour", perSecond: 1, lastsS: 3_600, everyS: 10 },
  { name: "100 a second, for half an hour", perSecond: 100, lastsS: 1_800, everyS: 10 },
  { name: "5,000 a second, for 15 minutes", perSecond: 5_000, lastsS: 900, everyS: 5 },
] as const satisfies readonly Traffic[];

/** What part of the requests the suspect gets. */
export const PARTS = [0.01, 0.05, 0.25, 0.5] as const;
/** What part of the baseline's requests fails. */
export const BASELINE_RATES = [0, 0.0001, 0.001, 0.01, 0.05] as const;
