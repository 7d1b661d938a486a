/** A curve for each fault: which part of the canaries had been called worse after how many requests of the suspect. */
export interface Curve {
  readonly name: string;
  /** Ascending; of `of` canaries, each that was found. */
  readonly found: readonly number[];
  readonly of: number;
}

const WIDTH = 760;
const HEIGHT = 400;
const LEFT = 60;
const RIGHT = 20;
const TOP = 30;
const BOTTOM = 60;
const COLOURS = ["#0b6e99", "#c4501b", "#4d7c2f", "#7b3f98"];

/** On a logarithmic axis from `least` to `most`, both powers of ten. */
export function plotDetection(curves: readonly Curve[], { least, most, title }: { readonly least: number; readonly most: number; readonly title: string }): string {
  const decades = Math.log10(most / least);
  const x = (requests: number): number => LEFT + (Math.log10(requests / least) / decades) * (WIDTH - LEFT - RIGHT);
  const y = (part: number): number => TOP + (1 - part) * (HEIGHT - TOP - BOTTOM);
  const text = (at: { readonly x: number; readonly y: number; readonly anchor?: string; readonly fill?: string }, words: string): string => `<text x="${at.x.toFixed(1)}" y="${at.y.toFixed(1)}" text-anchor="${at.anchor ?? "middle"}" fill="${at.fill ?? "#333"}">${words}</text>`;
  const line = (from: readonly [number, number], to: readonly [number, number]): string => `<line x1="${from[0].toFixed(1)}" y1="${from[1].toFixed(1)}" x2="${to[0].toFixed(1)}" y2="${to[1].toFixed(1)}" stroke="#ddd"/>`;
  const upright = Array.from({ length: Math.round(decades) + 1 }, (_, at) => least * 10 ** at).flatMap((requests) => [line([x(requests), TOP], [x(requests), y(0)]), text({ x: x(requests), y: y(0) + 18 }, requests.toLocaleString("en-US"))]);
  const level = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => [line([LEFT, y(part)], [WIDTH - RIGHT, y(part)]), text({ x: LEFT - 8, y: y(part) + 4, anchor: "end" }, `${part * 100}%`)]);
  const drawn = curves.map(({ found, of }, at) => `<path d="${stairs(found, of, { x, y, least, most })}" fill="none" stroke="${COLOURS[at % COLOURS.length]}" stroke-width="2"/>`);
  const legend = curves.map(({ name }, at) => text({ x: LEFT + 12, y: TOP + 18 + at * 18, anchor: "start", fill: COLOURS[at % COLOURS.length] ?? "#333" }, name));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...upright,
    ...level,
    ...drawn,
    ...legend,
    text({ x: WIDTH / 2, y: 18 }, title),
    text({ x: WIDTH / 2, y: HEIGHT - 16 }, "requests that the suspect has answered"),
    "</svg>",
    "",
  ].join("\n");
}

interface Frame {
  readonly x: (requests: number) => number;
  readonly y: (part: number) => number;
  readonly least: number;
  readonly most: number;
}

/** One step for all that were found at the same look. */
function stairs(found: readonly number[], of: number, { least, most, x, y }: Frame): string {
  const steps = [...new Set(found)].map((requests) => ({ requests, part: found.filter((other) => other <= requests).length / of }));
  const path = steps.map(({ part, requests }) => `H${x(Math.max(least, requests)).toFixed(1)}V${y(part).toFixed(1)}`);
  return `M${x(least).toFixed(1)},${y(0).toFixed(1)}${path.join("")}H${x(most).toFixed(1)}`;
}
