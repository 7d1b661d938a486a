/** How far what was answered lies from the shares that were asked for. */

/** `npm run prove -- split` asks for 100,000. */
export const SPLIT_REQUESTS = Number(process.env["ROLLPIN_SPLIT_REQUESTS"] ?? 3_000);
export const ONE_NINE_NINETY = { routes: 'split: {"3.0.0": 1, "2.0.0": 9, pin: 90}', parts: { "1.0.0": 0.9, "2.0.0": 0.09, "3.0.0": 0.01 } } as const;

/**
 * In standard deviations. Nine comparisons, three versions at three routers, are all within 3.26 in 99 of 100 runs (Šidák);
 * a test that is run a thousand times must not fail by chance.
 */
export const MOST_OFF = 5;

export function deviationsOf(router: string, found: ReadonlyMap<string, number>): readonly number[] {
  const all = [...found.values()].reduce((sum, count) => sum + count, 0);
  const bounds = Object.entries(ONE_NINE_NINETY.parts).map(([version, part]) => ({ version, off: Math.abs((found.get(version) ?? 0) - all * part) / Math.sqrt(all * part * (1 - part)) }));
  console.log(`= ${router}, split 1/9/90 over ${all} requests: ${bounds.map(({ off, version }) => `${version} ${found.get(version) ?? 0} (${off.toFixed(1)} standard deviations off)`).join(", ")}`);
  return bounds.map(({ off }) => off);
}
