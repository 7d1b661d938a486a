/**
 * What every router must do with a routing document: the pure decision (test/unit/decide/routing), and the real routers in
 * the integration tests. A router that can't express a case is named in `cannot` with why; it skips the case, and
 * `rollpin route set` says so of the document.
 */
import type { RouterKind } from "../../core/decide/routing/expressible.ts";

export interface RoutingCase {
  readonly name: string;
  /** The document, as it stands in Consul; undefined: there is none. */
  readonly routes: string | undefined;
  /** By track; `{stable: "1.0.0"}` unless said. */
  readonly pins?: Readonly<Record<string, string>>;
  /** Versions that a hand has left. */
  readonly left?: readonly string[];
  /** Version, or version and track, of each instance that passes. */
  readonly passing: readonly string[];
  /** The same, of those that don't. */
  readonly failing?: readonly string[];
  /** Passing instances of the service that failover names (`checkout-backup`). */
  readonly failoverPassing?: number;
  readonly requests: readonly CaseRequest[];
  readonly cannot?: Readonly<Partial<Record<RouterKind, string>>>;
}

interface CaseRequest {
  readonly method?: string;
  readonly path?: string;
  readonly caller?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Who answers: a version, `<version>@<track>`, the failover's service, or `none`. Where several share it, the part of
   * each (0 to 1) over many requests; such a request carries nothing that sticks.
   */
  readonly to: string | Readonly<Record<string, number>>;
}

const both = ["1.0.0", "2.0.0"];
const MESH_COOKIE = "a service-router looks at headers as wholes, not into cookies";
const MESH_STICKY = "the mesh's splitter draws each request anew";
const CATALOG_RULES = "the catalog is read before there is a request";
const ENVOY_COOKIE = "RE2 has no way to say \"the last cookie of a name\"";
const ENVOY_HASH = "a hash policy hashes by xxHash64: monotone, but other users";
const NGINX_HASH = "split_clients hashes by MurmurHash2: monotone, but other users";

export const routingCases: readonly RoutingCase[] = [
  { name: "no document: all to the pin", routes: undefined, passing: both, requests: [{ to: "1.0.0" }] },
  { name: "no document and no pin: whatever lives", routes: undefined, pins: {}, passing: both, requests: [{ to: { "1.0.0": 0.5, "2.0.0": 0.5 } }] },
  { name: "an empty document", routes: "{}", passing: both, requests: [{ to: "1.0.0" }] },
  { name: "a split of two", routes: "split: {2.0.0: 25, pin: 75}", passing: both, requests: [{ to: { "1.0.0": 0.75, "2.0.0": 0.25 } }] },
  { name: "a split of three, 1/9/90", routes: "split: {3.0.0: 1, 2.0.0: 9, pin: 90}", passing: [...both, "3.0.0"], requests: [{ to: { "1.0.0": 0.9, "2.0.0": 0.09, "3.0.0": 0.01 } }] },
  { name: "weights are relative", routes: "split: {2.0.0: 1, pin: 3}", passing: both, requests: [{ to: { "1.0.0": 0.75, "2.0.0": 0.25 } }] },
  { name: "a weight of 0 gets nothing", routes: "split: {2.0.0: 0, pin: 1}", passing: both, requests: [{ to: "1.0.0" }] },
  { name: "versions keep the zeros that they are written with", routes: "split: {1.10: 1}", passing: ["1.1", "1.10", "1.0.0"], requests: [{ to: "1.10" }] },
  { name: "JSON", routes: '{"split": {"2.0.0": 100, "pin": 0}}', passing: both, requests: [{ to: "2.0.0" }] },
  { name: "a range is its newest that passes", routes: 'split: {"^1.4": 100}', passing: ["1.4.2", "1.4.10", "1.5.0-rc.1", "2.0.0"], failing: ["1.6.0"], requests: [{ to: "1.4.10" }] },
  { name: "a track is what it is pinned to, on its own instances", routes: 'split: {"track:green": 100}', pins: { stable: "1.0.0", green: "2.0.0" }, passing: ["1.0.0", "2.0.0", "2.0.0@green", "1.0.0@green"], requests: [{ to: "2.0.0@green" }] },
  { name: "hold: a version without an instance leaves its share to those that live", routes: "split: {2.0.0: 50, 3.0.0: 25, pin: 25}", passing: ["1.0.0", "3.0.0"], failing: ["2.0.0"], requests: [{ to: { "1.0.0": 0.5, "3.0.0": 0.5 } }] },
  { name: "hold: nothing of the split lives, the pin does", routes: "split: {2.0.0: 100}", passing: ["1.0.0", "3.0.0"], requests: [{ to: "1.0.0" }] },
  { name: "hold: nothing that is named lives", routes: undefined, pins: { stable: "9.0.0" }, passing: ["1.0.0"], requests: [{ to: "1.0.0" }] },
  { name: "hold: nothing lives at all", routes: undefined, passing: [], failing: ["1.0.0"], requests: [{ to: "none" }] },
  { name: "fail: the share of what has no instance is answered by nobody", routes: "split: {2.0.0: 50, pin: 50}\nnone: fail", passing: ["1.0.0"], requests: [{ to: { "1.0.0": 0.5, none: 0.5 } }], cannot: { catalog: "who isn't there can't refuse" } },
  { name: "enough: too few run the pin, so that all of the track share it", routes: "enough: 50%", pins: { stable: "2.0.0" }, passing: ["1.0.0", "1.0.0", "2.0.0"], requests: [{ to: { "1.0.0": 2 / 3, "2.0.0": 1 / 3 } }] },
  { name: "enough: half of them run it, so that they have it", routes: "enough: 50%", pins: { stable: "2.0.0" }, passing: both, requests: [{ to: "2.0.0" }] },
  { name: "enough: a version that is named has its share however few run it", routes: "{enough: 50%, split: {2.0.0: 25, pin: 75}}", passing: ["1.0.0", "1.0.0", "2.0.0"], requests: [{ to: { "1.0.0": 0.75, "2.0.0": 0.25 } }] },
  { name: "enough: other tracks don't count", routes: "enough: 100%", passing: ["1.0.0", "2.0.0@canary"], requests: [{ to: "1.0.0" }] },
  { name: "after a hand flip, the version that was left means the pin", routes: "split: {2.0.0: 100}", left: ["2.0.0"], passing: both, requests: [{ to: "1.0.0" }] },
  { name: "after a hand flip, a range passes over the version that was left", routes: 'split: {">=1": 100}', left: ["2.0.0"], passing: both, requests: [{ to: "1.0.0" }] },
  {
    name: "headers: exact, prefix, present, absent; names in any case, values as they are",
    routes: 'split: {pin: 1}\nrules:\n  - {match: {header: {X-Beta: "on"}}, split: {2.0.0: 1}}\n  - {match: {header: {x-group: {prefix: beta-}}}, split: {2.0.0: 1}}\n  - {match: {header: {x-debug: {present: true}, x-plain: {present: false}}}, split: {2.0.0: 1}}',
    passing: both,
    requests: [
      { headers: { "x-beta": "on" }, to: "2.0.0" },
      { headers: { "X-BETA": "on" }, to: "2.0.0" },
      { headers: { "x-beta": "On" }, to: "1.0.0" },
      { headers: { "x-beta": "on, off" }, to: "1.0.0" },
      { headers: { "x-group": "beta-7" }, to: "2.0.0" },
      { headers: { "x-group": "alpha" }, to: "1.0.0" },
      { headers: { "x-debug": "0" }, to: "2.0.0" },
      { headers: { "x-debug": "0", "x-plain": "1" }, to: "1.0.0" },
      { to: "1.0.0" },
    ],
    cannot: { catalog: CATALOG_RULES },
  },
  {
    name: "cookies: the last of a name counts",
    routes: "rules:\n  - {match: {cookie: {group: beta}}, split: {2.0.0: 1}}\n  - {match: {cookie: {trial: {present: true}}}, split: {2.0.0: 1}}",
    passing: both,
    requests: [
      { headers: { cookie: "group=beta" }, to: "2.0.0" },
      { headers: { cookie: "a=1; group=beta; b=2" }, to: "2.0.0" },
      { headers: { cookie: "group=beta; group=alpha" }, to: "1.0.0" },
      { headers: { cookie: "xgroup=beta" }, to: "1.0.0" },
      { headers: { cookie: "trial=" }, to: "2.0.0" },
      { to: "1.0.0" },
    ],
    cannot: { catalog: CATALOG_RULES, mesh: MESH_COOKIE, envoy: ENVOY_COOKIE },
  },
  {
    name: "paths and methods: a prefix of what was sent, without the query",
    routes: "rules:\n  - {match: {path: /api/, method: [GET, HEAD]}, split: {2.0.0: 1}}\n  - {match: {method: POST}, split: {3.0.0: 1}}",
    passing: [...both, "3.0.0"],
    requests: [
      { path: "/api/x", to: "2.0.0" },
      { path: "/api/x?y=/z", to: "2.0.0" },
      { path: "/api", to: "1.0.0" },
      { path: "/API/x", to: "1.0.0" },
      { path: "/x?y=/api/", to: "1.0.0" },
      { path: "/api/x", method: "HEAD", to: "2.0.0" },
      { path: "/api/x", method: "POST", to: "3.0.0" },
      { path: "/api/x", method: "PUT", to: "1.0.0" },
    ],
    cannot: { catalog: CATALOG_RULES },
  },
  {
    name: "the calling service",
    routes: "rules:\n  - {match: {caller: [frontend, mobile]}, split: {2.0.0: 1}}",
    passing: both,
    requests: [
      { caller: "frontend", to: "2.0.0" },
      { caller: "reports", to: "1.0.0" },
      { to: "1.0.0" },
    ],
    cannot: { catalog: CATALOG_RULES, mesh: "a service-router doesn't see who calls" },
  },
  {
    name: "the first rule that matches decides, by its own split",
    routes: 'split: {2.0.0: 1}\nrules:\n  - {match: {path: /a}, split: {3.0.0: 1, pin: 1}}\n  - {match: {path: /ab}, split: {2.0.0: 1}}',
    passing: [...both, "3.0.0"],
    requests: [
      { path: "/abc", to: { "1.0.0": 0.5, "3.0.0": 0.5 } },
      { path: "/b", to: "2.0.0" },
    ],
    cannot: { catalog: CATALOG_RULES, mesh: "a route of a service-router goes one way" },
  },
  {
    name: "sticky by cookie: its hash decides, and nothing else of the request",
    routes: "split: {2.0.0: 50, pin: 50}\nsticky: {cookie: session}",
    passing: both,
    requests: [
      { headers: { cookie: "session=ana" }, to: "1.0.0" },
      { headers: { cookie: "a=b; session=ana" }, path: "/other", to: "1.0.0" },
      { headers: { cookie: "session=eva" }, to: "2.0.0" },
      { to: { "1.0.0": 0.5, "2.0.0": 0.5 } },
    ],
    cannot: { catalog: CATALOG_RULES, mesh: MESH_STICKY, nginx: NGINX_HASH, envoy: ENVOY_HASH },
  },
  {
    name: "sticky by header",
    routes: "split: {2.0.0: 25, pin: 75}\nsticky: {header: X-User}",
    passing: both,
    requests: [
      { headers: { "x-user": "u1" }, to: "2.0.0" },
      { headers: { "x-user": "u2" }, to: "1.0.0" },
    ],
    cannot: { catalog: CATALOG_RULES, mesh: MESH_STICKY, nginx: NGINX_HASH, envoy: ENVOY_HASH },
  },
  { name: "failover by command", routes: "failover: {to: checkout-backup, active: true}", passing: both, failoverPassing: 1, requests: [{ to: "checkout-backup" }], cannot: { catalog: "DNS asks for one service by name" } },
  { name: "failover stands by", routes: 'failover: {to: checkout-backup, when: {passingBelow: "50%"}}', passing: ["1.0.0"], failing: ["1.0.0"], failoverPassing: 1, requests: [{ to: "1.0.0" }] },
  { name: "failover when too few pass", routes: "failover: {to: checkout-backup, when: {passingBelow: 50%}}", passing: ["1.0.0", "2.0.0"], failing: ["1.0.0", "1.0.0"], failoverPassing: 1, requests: [{ to: "checkout-backup" }], cannot: { catalog: "DNS asks for one service by name" } },
  { name: "failover goes nowhere where nothing passes", routes: "failover: {to: checkout-backup, active: true}", passing: ["1.0.0"], failoverPassing: 0, requests: [{ to: "1.0.0" }] },
  { name: "a failover's track takes nothing before", routes: 'failover: {to: "track:backup"}', passing: ["1.0.0", "1.0.0@backup"], requests: [{ to: "1.0.0" }] },
  { name: "and all of it then", routes: 'failover: {to: "track:backup", active: true}\nrules:\n  - {match: {path: /}, split: {2.0.0: 1}}', passing: ["1.0.0", "1.0.0@backup", "2.0.0"], requests: [{ to: "1.0.0@backup" }], cannot: { catalog: CATALOG_RULES } },
];
