import { SLOTS } from "../../core/decide/routing/compiled-routes.ts";
import { sha256 } from "../../core/decide/digest.ts";
import type { HaproxyRouterSettings } from "../../core/config/router-settings.ts";
import type { Sections } from "./sections.ts";
import { addressOf, parseServerName } from "./server-name.ts";

/** The request as one text, for the patterns of rules (agent/routers/rule-pattern.ts), in HAProxy's log format. */
const SUBJECT = String.raw`%[method] %[path]\n%[req.hdrs]`;

const CLIENT_MS = 1_000;
const MOST_TRIES = 4;
const REPEATABLE = "{ method GET HEAD OPTIONS TRACE PUT DELETE }";

/** Servers by backend. */
export type Members = ReadonlyMap<string, readonly string[]>;

/**
 * rollpin's part of HAProxy's configuration. All that changes while it runs stands in maps and servers; they are written
 * here too, so that an HAProxy that starts anew begins where it was.
 */
export function renderConfig(settings: HaproxyRouterSettings, sections: Sections, members: Members): string {
  return `${[
    `# Written by rollpin for ${settings.upstream}, and written anew when it differs: change the agent's file instead.`,
    ...headOf(settings, sections),
    `backend ${markerOf(settings, sections)}`,
    // Not "random": to it servers that were added at run time are one and the same (haproxy/haproxy#3413), and some get nothing.
    ...sections.backends.flatMap((backend) => ["", `backend ${backend}`, "  balance leastconn", ...tryLines(settings), ...(members.get(backend) ?? []).flatMap(serverLine)]),
  ].join("\n")}\n`;
}

/** A backend of this name says that a running HAProxy has all of the configuration that doesn't change by itself. */
export function markerOf(settings: HaproxyRouterSettings, sections: Sections): string {
  return `${sections.prefix}:v${sha256([...headOf(settings, sections), ...tryLines(settings)].join("\n")).slice(0, 8)}`;
}

function headOf(settings: HaproxyRouterSettings, { maps, prefix }: Sections): readonly string[] {
  const { idleTimeout, listen: { host, port }, maxConnections, responseTimeout } = settings;
  const tries = triesOf(settings);
  return [
    `defaults ${prefix}`,
    "  mode http",
    "  timeout connect 2s",
    // Longer: else it is over at the moment at which a client hears 504, and takes the connection on which it asks next.
    `  timeout client ${responseTimeout + CLIENT_MS}ms`,
    `  timeout server ${responseTimeout}ms`,
    "  timeout queue 5s",
    "  timeout http-request 15s",
    `  timeout http-keep-alive ${idleTimeout}ms`,
    "  timeout tunnel 1h",
    // A request that was never answered is tried again, at another instance where there is one.
    `  retries ${(tries ?? MOST_TRIES) - 1}`,
    "  option redispatch 1",
    `  retry-on conn-failure empty-response${tries === undefined ? "" : " response-timeout"}`,
    "  option forwardfor",
    "",
    `frontend ${prefix}`,
    `  bind ${host.includes(":") ? `ipv6@${host}` : host}:${port}`,
    `  maxconn ${maxConnections}`,
    // Only of methods that may be repeated.
    `  http-request disable-l7-retry unless ${REPEATABLE}`,
    `  http-request set-var-fmt(txn.rollpin_subject) "${SUBJECT}"`,
    `  http-request set-var(txn.rollpin_sticky) var(txn.rollpin_subject),map_regm(${maps.sticky})`,
    `  http-request set-var(txn.rollpin_slot) rand(${SLOTS})`,
    `  http-request set-var(txn.rollpin_slot) var(txn.rollpin_sticky),xxh32(0),mod(${SLOTS}) if { var(txn.rollpin_sticky) -m len gt 0 }`,
    `  http-request set-var(txn.rollpin_key) var(txn.rollpin_subject),map_reg(${maps.rules}),add(txn.rollpin_slot)`,
    `  use_backend %[var(txn.rollpin_key),map_int(${maps.runs})]`,
    "",
  ];
}

/** As many as `responseTimeout` has room for; undefined where silence isn't tried again. */
function triesOf({ responseTimeout, tryTimeout }: HaproxyRouterSettings): number | undefined {
  const tries = tryTimeout === undefined ? 1 : Math.min(MOST_TRIES, Math.floor(responseTimeout / tryTimeout));
  return tries > 1 ? tries : undefined;
}

/** HAProxy: `http-request set-timeout` is for backends only. */
function tryLines(settings: HaproxyRouterSettings): readonly string[] {
  return triesOf(settings) === undefined ? [] : [`  http-request set-timeout server ${settings.tryTimeout}ms if ${REPEATABLE}`];
}

function serverLine(name: string): readonly string[] {
  const named = parseServerName(name);
  return named === undefined ? [] : [`  server ${name} ${addressOf(named)} weight 1`];
}
