import { type DesiredState, pinOf } from "../../model/desired.ts";
import { firstFew } from "../../model/first-few.ts";
import type { Check, Migration } from "../../model/plan.ts";
import type { Release } from "../../model/records.ts";
import { passed, stopped } from "../checks.ts";
import type { KnownService } from "../plans/service-change.ts";
import { type Crossing, determineCrossing, isReadBy, stepsBetween } from "./crossing.ts";
import { describeBarred, describeNearest, describeUnread } from "./describe-crossing.ts";
import { isSilent, unreadableOnTheWay } from "./off.ts";
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
export function judgeSchema(known: KnownService, after: DesiredState, moved: readonly string[], { override, withSchema = false }: SchemaRequest): SchemaShare {
  const { current, facts } = known;
  const ground = schemaGroundOf(facts, current.state);
  const releases = pinnedIn(after, moved, (version) => facts.releases.get(version)?.value);
  if (ground.today === undefined || releases.length === 0) return { checks: [] };
  const worst = releases.map((release) => ({ crossing: determineCrossing(ground, release), release })).sort((a, b) => floorOf(a.crossing) - floorOf(b.crossing))[0];
  if (worst === undefined || worst.crossing.kind === "none") return forward(known, ground, releases, withSchema);
  const { crossing, release } = worst;
  const nearest = describeNearest(facts, ground, pinOf(current.state, moved[0] ?? ""), withSchema);
  const refuse = (why: string, isPassable: boolean): SchemaShare => ({ checks: [stopped("schema", facts.service, override && isPassable, `${why}; ${nearest}${isPassable ? "; --override leaves the data as it is" : ""}`)] });
  const unread = describeUnread(facts.service, release, crossing);
  if (crossing.kind === "unreadable") return refuse(unread, !withSchema);
  if (crossing.barred.length > 0) return refuse(`${unread}; ${describeBarred(facts.service, crossing)}`, !withSchema);
  if (!withSchema) return refuse(unread, true);
  const stranger = pinnedIn(after, Object.keys(after.pins), (version) => facts.releases.get(version)?.value).find((one) => !isReadBy(one, crossing.to) || (one.schema?.writes ?? 0) > crossing.to);
  if (stranger !== undefined) return refuse(`${unread}, and ${stranger.version}, which another track is pinned to, doesn't get on with schema ${crossing.to}`, false);
  return migrate(known, unread, crossing.from, crossing.to);
}

/** Nothing goes back. A newer schema is what the release itself writes, unless migrations were asked for. */
function forward(known: KnownService, { today = 0 }: SchemaGround, releases: readonly Release[], withSchema: boolean): SchemaShare {
  const { service } = known.facts;
  const to = Math.max(today, ...releases.map(({ schema }) => schema?.writes ?? 0));
  const names = releases.map(({ version }) => version).join(", ");
  if (to === today) return { checks: [passed("schema", service, `${names} works with schema ${today}, which its data is at`)] };
  const writes = `${names} writes schema ${to}, and its data is at ${today}`;
  if (withSchema) return migrate(known, writes, today, to);
  if (releases.every((release) => isReadBy(release, today))) return { checks: [passed("schema", service, writes)] };
  return { checks: [{ name: "schema", service, result: "warned", detail: `${writes}, which it doesn't read: it has to migrate by itself, or --with-schema has that done first` }] };
}

/** What runs or is pinned now, and can't read all that data goes through, takes no traffic meanwhile. */
function migrate({ current, facts }: KnownService, why: string, from: number, to: number): SchemaShare {
  const { instances, releases, service } = facts;
  const live = instances.filter((one) => one.live);
  const versions = [...new Set([...Object.values(current.state.pins), ...live.flatMap(({ record }) => record.version ?? [])])];
  const off = unreadableOnTheWay(versions, { from, to }, (version) => releases.get(version)?.value);
  const silent = versions.filter((version) => isSilent(releases.get(version)?.value)).sort();
  const apart = live.flatMap(({ record: { instance, traffic, version = "" } }) => (off.includes(version) && traffic === undefined ? [instance] : [])).sort();
  const warned = (detail: string): Check => ({ name: "schema", service, result: "warned", detail });
  return {
    checks: [
      passed("schema", service, why),
      ...(silent.length === 0 ? [] : [warned(`${firstFew(silent)} of ${service} doesn't say which schemas it reads, and stays in traffic while data is migrated`)]),
      ...(apart.length === 0 ? [] : [warned(`the agents of ${firstFew(apart)} don't register them in Consul's catalog, so their traffic isn't rollpin's to take off: do that first, since they can't read the data of ${service} meanwhile`)]),
    ],
    migration: { service, from, to, steps: stepsBetween(from, to), ...(off.length === 0 ? {} : { off }) },
  };
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
