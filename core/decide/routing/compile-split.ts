import type { Routes, Split } from "../../model/routes.ts";
import { type CompiledShare, type CompiledSplit, SLOTS, type SlotRun } from "./compiled-routes.ts";
import { dealSlots } from "./deal-slots.ts";
import type { Destination } from "./routing-facts.ts";
import { type Ground, anyOf, isAlive, pinned, resolveTarget } from "./resolve-target.ts";

/** What a split comes to with what lives now. Slots whose share lives are never touched by one that doesn't. */
export function compileSplit(split: Split, none: Routes["none"], ground: Ground): CompiledSplit {
  const dealt = slotsByShare(split);
  const shares = split.map(({ target }, index): SharePlan => {
    const { destination, meansPin } = resolveTarget(target, ground);
    const alive = destination !== undefined && isAlive(destination, ground);
    return { text: target.text, destination: destination && ground.same(destination), alive, meansPin, slots: dealt[index] ?? [] };
  });
  const heirs = shares.filter(({ alive, slots }) => alive && slots.length > 0);
  const last = lastResort(ground);
  const runs: SlotRun[] = [];
  for (const [index, share] of shares.entries()) {
    const piece = share.alive ? [{ slots: share.slots, destination: share.destination, instead: insteadOf(share) }] : inherit(share, heirs, last, none);
    runs.push(...piece.flatMap(({ destination, instead, slots }) => runsOf(slots, { share: index, destination, instead })));
  }
  return { runs: runs.sort((a, b) => a.from - b.from), shares: shares.map((share) => describeShare(share, runs, shares)) };
}

interface SharePlan {
  readonly text: string;
  readonly destination: Destination | undefined;
  readonly alive: boolean;
  readonly meansPin: boolean;
  readonly slots: readonly number[];
}

interface Piece {
  readonly slots: readonly number[];
  readonly destination: Destination | undefined;
  readonly instead: string | undefined;
}

function slotsByShare(split: Split): readonly (readonly number[])[] {
  const slots = split.map((): number[] => []);
  dealSlots(split).forEach((owner, slot) => slots[owner]?.push(slot));
  return slots;
}

/** What the pin says, or else whatever of the service lives. */
function lastResort(ground: Ground): Destination | undefined {
  const found = [pinned(ground), anyOf(ground)].find((destination) => isAlive(destination, ground));
  return found && ground.same(found);
}

function insteadOf({ meansPin }: SharePlan): string | undefined {
  return meansPin ? "a hand has left that version, so its name means the pin" : undefined;
}

/** A dead share's slots go to the living ones by their own sizes, in their order, so that those come back who left last. */
function inherit(dead: SharePlan, heirs: readonly SharePlan[], last: Destination | undefined, none: Routes["none"]): readonly Piece[] {
  const why = deathOf(dead);
  if (none === "fail") return [{ slots: dead.slots, destination: undefined, instead: `${why}, and the routes say "none: fail"` }];
  if (heirs.length === 0) return [{ slots: dead.slots, destination: last, instead: last === undefined ? `${why}, and nothing else of the service passes` : `${why}; it stays with what does` }];
  const total = heirs.reduce((sum, { slots }) => sum + slots.length, 0);
  let [taken, sum] = [0, 0];
  return heirs.map(({ destination, slots, text }) => {
    sum += slots.length;
    const end = Math.round((sum / total) * dead.slots.length);
    const piece = { slots: dead.slots.slice(taken, end), destination, instead: `${why}; its share stays with ${text}` };
    taken = end;
    return piece;
  });
}

function deathOf({ destination, text }: SharePlan): string {
  if (destination === undefined) return `no version in ${text} has a passing instance`;
  const version = destination.version === undefined || destination.version === text ? "" : ` (${destination.version})`;
  return `${text}${version} has no passing instance`;
}

function runsOf(slots: readonly number[], rest: Omit<SlotRun, "from" | "to">): readonly SlotRun[] {
  const runs: SlotRun[] = [];
  let from = slots[0];
  slots.forEach((slot, place) => {
    if (slots[place + 1] === slot + 1 || from === undefined) return;
    runs.push({ from, to: slot + 1, ...rest });
    from = slots[place + 1];
  });
  return runs;
}

function describeShare(share: SharePlan, runs: readonly SlotRun[], shares: readonly SharePlan[]): CompiledShare {
  const index = shares.indexOf(share);
  const instead = share.slots.length === 0 ? undefined : runs.find((run) => run.share === index)?.instead;
  return { text: share.text, wanted: share.slots.length / SLOTS, destination: share.destination, instead };
}
