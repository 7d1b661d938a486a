import { type DesiredState, pinOf } from "../../model/desired.ts";
import type { Check, Migration } from "../../model/plan.ts";
import type { Release } from "../../model/records.ts";
import { passed, stopped } from "../checks.ts";
import type { KnownService } from "../plans/service-change.ts";
import { type Crossing, determineCrossing, isReadBy, stepsBetween } from "./crossing.ts";
import { describeBarred, describeNearest, describeUnread } from "./describe-crossing.ts";
import { type SchemaGround, schemaGroundOf } from "./schema-ground.ts";

/** What a service's data adds to a plan that moves its pins. */
export interface SchemaShare {
  /** None where no release says what it writes. */
  readonly checks: readonly Check[];
  readonly migration?: Migration | undefined;
}

export interface SchemaRequest {
  readonly override: boolean;
  readonly withSchema?: boolean | undefined;
}

/**
 * Whether the releases that these tracks are moved to work with the service's data as they are, or once they were
 * migrated, where that is asked for. Nothing goes past a step that can't be taken back: only without migrating at all.
 */
export function judgeSchema({ current, facts }: KnownService, after: DesiredState, moved: readonly string[], { override, withSchema = false }: SchemaRequest): SchemaShare {
  const ground = schemaGroundOf(facts, current.state);
  const releases = pinnedIn(after, moved, (version) => facts.releases.get(version)?.value);
  if (ground.today === undefined || releases.length === 0) return { checks: [] };
  const worst = releases.map((release) => ({ crossing: determineCrossing(ground, release), release })).sort((a, b) => floorOf(a.crossing) - floorOf(b.crossing))[0];
  if (worst === undefined || worst.crossing.kind === "none") return forward(facts.service, ground, releases, withSchema);
  const { crossing, release } = worst;
  const nearest = describeNearest(facts, ground, pinOf(current.state, moved[0] ?? ""), withSchema);
  const refuse = (why: string, isPassable: boolean): SchemaShare => ({ checks: [stopped("schema", facts.service, override && isPassable, `${why}; ${nearest}${isPassable ? "; --override leaves the data as it is" : ""}`)] });
  const unread = describeUnread(facts.service, release, crossing);
  if (crossing.kind === "unreadable") return refuse(unread, !withSchema);
  if (crossing.barred.length > 0) return refuse(`${unread}; ${describeBarred(facts.service, crossing)}`, !withSchema);
  if (!withSchema) return refuse(unread, true);
  const stranger = pinnedIn(after, Object.keys(after.pins), (version) => facts.releases.get(version)?.value).find((one) => !isReadBy(one, crossing.to) || (one.schema?.writes ?? 0) > crossing.to);
  if (stranger !== undefined) return refuse(`${unread}, and ${stranger.version}, which another track is pinned to, doesn't get on with schema ${crossing.to}`, false);
  return { checks: [passed("schema", facts.service, unread)], migration: { service: facts.service, from: crossing.from, to: crossing.to, steps: crossing.steps } };
}

/** Nothing goes back. A newer schema is what the release itself writes, unless migrations were asked for. */
function forward(service: string, { today = 0 }: SchemaGround, releases: readonly Release[], withSchema: boolean): SchemaShare {
  const to = Math.max(today, ...releases.map(({ schema }) => schema?.writes ?? 0));
  const names = releases.map(({ version }) => version).join(", ");
  if (to === today) return { checks: [passed("schema", service, `${names} works with schema ${today}, which its data is at`)] };
  const writes = `${names} writes schema ${to}, and its data is at ${today}`;
  if (withSchema) return { checks: [passed("schema", service, writes)], migration: { service, from: today, to, steps: stepsBetween(today, to) } };
  if (releases.every((release) => isReadBy(release, today))) return { checks: [passed("schema", service, writes)] };
  return { checks: [{ name: "schema", service, result: "warned", detail: `${writes}, which it doesn't read: it has to migrate by itself, or --with-schema has that done first` }] };
}

/** How far down data would have to go. */
function floorOf(crossing: Crossing): number {
  if (crossing.kind === "none") return Number.POSITIVE_INFINITY;
  return crossing.kind === "down" ? crossing.to : -1;
}

function pinnedIn(state: DesiredState, tracks: readonly string[], releaseOf: (version: string) => Release | undefined): readonly Release[] {
  const versions = new Set(tracks.map((track) => pinOf(state, track)));
  return [...versions].flatMap((version) => (version === undefined ? [] : (releaseOf(version) ?? [])));
}
