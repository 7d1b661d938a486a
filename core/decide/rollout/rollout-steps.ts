import { STABLE } from "../../model/names.ts";
import type { Preview, Rollout, RolloutStep } from "../../model/rollout.ts";

/** What an operator asks for. */
export type RolloutShape =
  /** Shares of the traffic go to the instances of one track. */
  | { readonly kind: "traffic"; readonly track: string; readonly percentages: readonly number[]; readonly holdMs: number; readonly bakeMs: number }
  /** One track after the other, `stable` at last. */
  | { readonly kind: "instances"; readonly tracks: readonly string[]; readonly holdMs: number; readonly bakeMs: number }
  /** All at once, to a track that was looked at before; until the bake is over the former is one shift away. */
  | { readonly kind: "blue-green"; readonly track: string; readonly preview: Omit<Preview, "to"> | undefined; readonly holdMs: number; readonly bakeMs: number };

/** The last step pins `stable`, and its hold is the bake: what stands it is good. */
export function rolloutSteps(version: string, shape: RolloutShape): Pick<Rollout, "kind" | "steps"> {
  const { bakeMs, holdMs, kind } = shape;
  switch (kind) {
    case "traffic": {
      const shares = shape.percentages.map((percentage): RolloutStep => ({ tracks: [], share: { name: version, percentage }, holdMs }));
      return { kind, steps: [{ tracks: [shape.track], holdMs: 0 }, ...shares, { tracks: [STABLE], share: "back", holdMs: bakeMs }] };
    }
    case "instances": {
      const before = shape.tracks.filter((track) => track !== STABLE).map((track): RolloutStep => ({ tracks: [track], holdMs }));
      return { kind, steps: [...before, { tracks: [STABLE], share: "back", holdMs: bakeMs }] };
    }
    case "blue-green":
      return {
        kind,
        steps: [
          { tracks: [shape.track], ...(shape.preview === undefined ? {} : { preview: { ...shape.preview, to: `track:${shape.track}` } }), holdMs },
          { tracks: [], share: { name: `track:${shape.track}`, percentage: 100 }, holdMs: bakeMs },
          { tracks: [STABLE], share: "back", holdMs: 0 },
        ],
      };
  }
}

/** `5% of traffic to 2.0.0`: one step for a person. */
export function describeStep({ share, preview, tracks }: RolloutStep, version: string): string {
  const says = [
    ...(tracks.length === 0 ? [] : [`pin ${tracks.join(", ")} to ${version}`]),
    ...(share === undefined ? [] : [share === "back" ? "all traffic to the pin" : `${share.percentage}% of traffic to ${share.name}`]),
    ...(preview === undefined ? [] : [`requests with ${preview.header}: ${preview.value} see it`]),
  ];
  return says.join(", ");
}
