import type { CompiledSplit } from "../../core/decide/routing/compiled-routes.ts";
import type { Destination } from "../../core/decide/routing/routing-facts.ts";

/** Slots from the first to before the last, by what a router calls their destination; without a name they go to nobody. */
export interface NamedRun {
  readonly from: number;
  readonly to: number;
  readonly name: string | undefined;
}

/** The runs of a split in order, neighbours that go the same way as one. */
export function joinRuns({ runs }: CompiledSplit, nameOf: (destination: Destination) => string | undefined): readonly NamedRun[] {
  const all: NamedRun[] = [];
  for (const { destination, from, to } of runs) {
    const name = destination === undefined ? undefined : nameOf(destination);
    const last = all.at(-1);
    if (last !== undefined && last.name === name) all[all.length - 1] = { ...last, to };
    else all.push({ from, to, name });
  }
  return all;
}
