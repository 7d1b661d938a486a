/** Slots from the first to before the last. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function sizeOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Takes `count` of the free slots, from `start` on in one direction and round the end; both lists come back in order. */
export function takeSlots(free: readonly Span[], start: number, direction: "up" | "down", count: number): { readonly taken: readonly Span[]; readonly free: readonly Span[] } {
  const cut = free.flatMap((span) => (span.from < start && start < span.to ? [{ from: span.from, to: start }, { from: start, to: span.to }] : [span]));
  const above = cut.filter(({ from }) => from >= start);
  const below = cut.filter(({ to }) => to <= start);
  const order = direction === "up" ? [...above, ...below] : [...below.reverse(), ...above.reverse()];
  const [taken, rest]: [Span[], Span[]] = [[], []];
  let left = count;
  for (const { from, to } of order) {
    const edge = direction === "up" ? Math.min(to, from + left) : Math.max(from, to - left);
    const [low, high] = [{ from, to: edge }, { from: edge, to }];
    taken.push(direction === "up" ? low : high);
    rest.push(direction === "up" ? high : low);
    left -= direction === "up" ? edge - from : to - edge;
  }
  return { taken: joined(taken), free: joined(rest) };
}

/** In order, without empty ones, and neighbours as one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const all: Span[] = [];
  for (const span of spans.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last?.to === span.from) all[all.length - 1] = { from: last.from, to: span.to };
    else all.push(span);
  }
  return all;
}
