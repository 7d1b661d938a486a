import type { Routes, Split } from "../../model/routes.ts";
import { type CompiledSplit, SLOTS, type SlotRun } from "./compiled-routes.ts";
import { dealSlots } from "./deal-slots.ts";
import { determineSpread } from "./determine-spread.ts";
import type { Destination } from "./routing-facts.ts";
import { type Ground, anyOf, isAlive, pinned, resolveTarget } from "./resolve-target.ts";
import { type Span, sizeOf, takeSlots } from "./slot-spans.ts";

/** What a split comes to with what lives now. Slots whose share lives are never touched by one that doesn't. */
export function compileSplit(split: Split, { enough, none }: Pick<Routes, "enough" | "none">, ground: Ground): CompiledSplit {
  const dealt = dealSlots(split);
  const shares = split.map(({ target }, index): Dealt => {
    const resolved = resolveTarget(target, ground);
    const spread = determineSpread(target, resolved.meansPin, enough, ground);
    const destination = spread?.destination ?? resolved.destination;
    const alive = destination !== undefined && isAlive(destination, ground);
    return { text: target.text, destination: destination && ground.same(destination), alive, instead: spread?.why ?? (resolved.meansPin ? MEANS_PIN : undefined), spans: dealt[index] ?? [] };
  });
  const heirs = shares.filter(({ alive, spans }) => alive && spans.length > 0);
  const pieces = shares.map((share) => (share.alive ? [{ spans: share.spans, destination: share.destination, instead: share.instead }] : inherit(share, heirs, none, ground)));
  const runs = pieces.flatMap((all, share) => all.flatMap(({ destination, instead, spans }) => spans.map(({ from, to }): SlotRun => ({ from, to, share, destination, instead }))));
  return {
    runs: runs.sort((a, b) => a.from - b.from),
    shares: shares.map(({ destination, spans, text }, index) => ({ text, wanted: sizeOf(spans) / SLOTS, destination, instead: spans.length === 0 ? undefined : pieces[index]?.[0]?.instead })),
  };
}

interface Dealt {
  readonly text: string;
  readonly destination: Destination | undefined;
  readonly alive: boolean;
  /** Why it isn't what the name says, though it lives. */
  readonly instead: string | undefined;
  readonly spans: readonly Span[];
}

interface Piece {
  readonly spans: readonly Span[];
  readonly destination: Destination | undefined;
  readonly instead: string | undefined;
}

const MEANS_PIN = "a hand has left that version, so its name means the pin";

/** A dead share's slots go to the living ones by their own sizes and in their order: the same heirs get the same slots. */
function inherit(dead: Dealt, heirs: readonly Dealt[], none: Routes["none"], ground: Ground): readonly Piece[] {
  const why = deathOf(dead);
  if (none === "fail") return [{ spans: dead.spans, destination: undefined, instead: `${why}, and the routes say "none: fail"` }];
  if (heirs.length === 0) return [{ spans: dead.spans, ...lastResort(why, ground) }];
  const [all, total] = [sizeOf(dead.spans), heirs.reduce((sum, { spans }) => sum + sizeOf(spans), 0)];
  let [free, taken, sum] = [dead.spans, 0, 0];
  return heirs.map(({ destination, spans, text }) => {
    sum += sizeOf(spans);
    const end = Math.round((sum / total) * all);
    const took = takeSlots(free, 0, "up", end - taken);
    [free, taken] = [took.free, end];
    return { spans: took.taken, destination, instead: `${why}; its share stays with ${heirs.length === 1 ? text : "the others"}` };
  });
}

/** What the pin says, or else whatever of the service passes. */
function lastResort(why: string, ground: Ground): Omit<Piece, "spans"> {
  const found = [pinned(ground), anyOf(ground)].find((destination) => isAlive(destination, ground));
  if (found === undefined) return { destination: undefined, instead: `${why}, and nothing else of the service passes` };
  return { destination: ground.same(found), instead: `${why}; it stays with what does` };
}

function deathOf({ destination, text }: Dealt): string {
  if (destination === undefined) return `no version in ${text} has a passing instance`;
  const version = destination.version === undefined || destination.version === text ? "" : ` (${destination.version})`;
  return `${text}${version} has no passing instance`;
}
