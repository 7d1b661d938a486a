/**
 * What the schema of the agent's file can't say: rules over several keys. They look at the file as it was written, so
 * that they can speak together with the schema's own errors; what isn't of the right type is the schema's business.
 */
import { ways } from "../model/hook-records.ts";
import type { Path, Problem } from "./config-error.ts";
import { valueAt } from "./describe-problems.ts";
import { nearest } from "./nearest.ts";
import { placeholdersIn } from "./placeholders.ts";
import { beyondHost } from "./listen-settings.ts";
import { tagPlaceholders } from "./router-settings.ts";
import { isWithinHost, parseDuration, parseListen } from "./values.ts";

type Rule = (file: unknown) => readonly Problem[];

export function problemsAcrossKeys(file: unknown): readonly Problem[] {
  return RULES.flatMap((rule) => rule(file));
}

const onlyWhereObserving: Rule = (file) => {
  const observes = valueAt(file, ["actuator"]) === "observe";
  if (!observes && valueAt(file, ["actuator"]) !== "service" && valueAt(file, ["observe"]) !== undefined) {
    return [{ path: ["observe"], atKey: true, message: 'says where to read a version that someone else runs: add "actuator: observe" (or "actuator: service"), or remove it' }];
  }
  if (!observes) return [];
  return appliersOf(file, "process").map(({ path }) => ({ path, atKey: true, message: '"actuator: observe" means that the process is someone else\'s: remove this applier, or say "actuator: instance"' }));
};

/** One agent acts for all of a service: what belongs to one instance, or to one host's files, would be there for one of them only. */
const onlyCommandsForService: Rule = (file) => {
  if (valueAt(file, ["actuator"]) !== "service") return [];
  const misplaced = (kind: string, why: string): readonly Problem[] => appliersOf(file, kind).map(({ path }) => ({ path, atKey: true, message: `"actuator: service" has one agent act for the whole service, ${why}: use exec, or say "actuator: instance"` }));
  const acts = listAt(file, ["appliers"]).length > 0;
  return [
    ...(acts ? [] : [{ path: ["actuator"], message: '"service" needs an exec applier under "appliers": the command that changes the whole service' }]),
    ...misplaced("process", "and a process belongs to one instance"),
    ...misplaced("template", "and a file would change on that agent's host only"),
  ];
};

const oneProcess: Rule = (file) =>
  appliersOf(file, "process")
    .slice(1)
    .map(({ path }) => ({ path, atKey: true, message: "an agent looks after one process: start another agent for this one" }));

const processPort: Rule = (file) => appliersOf(file, "process").flatMap(({ path, value }) => portProblems(path, value, file));

function portProblems(path: Path, process: unknown, file: unknown): readonly Problem[] {
  const overlaps = [...listAt(process, ["command"]), ...Object.values(Object(valueAt(process, ["environment"])))].some((text) => String(text).includes("{{port}}"));
  const port = valueAt(process, ["port"]);
  if (overlaps) {
    const found: Problem[] = [...drainBesideInbound(path, process)];
    if (port !== undefined) found.push({ path: [...path, "port"], message: "the command has {{port}}, so the agent chooses the port: remove one of them" });
    if (valueAt(file, ["register", "port"]) !== undefined) found.push({ path: ["register", "port"], message: "the process applier chooses the port with {{port}}: remove this" });
    return found;
  }
  const found: Problem[] = [];
  if (valueAt(process, ["inbound"]) !== undefined) found.push({ path: [...path, "inbound"], atKey: true, message: "is a port in front of one that the agent chooses: put {{port}} into the command, or remove it" });
  const drain = valueAt(process, ["drain"]);
  const duration = typeof drain === "string" ? parseDuration(drain) : undefined;
  if (duration?.ok === true && duration.value > 0) {
    found.push({ path: [...path, "drain"], message: 'is the time in which old and new process run side by side: put {{port}} into the command, or remove "drain"' });
  }
  const probe = Object.keys(Object(valueAt(process, ["ready"]) ?? { tcp: true }))[0];
  if (port === undefined && valueAt(process, ["command"]) !== undefined && (probe === "tcp" || probe === "http")) {
    found.push({ path: [...path, "ready"], message: `${probe} needs a port to look at: put {{port}} into the command, or add "port", or say "ready: {command: [...]}"` });
  }
  return found;
}

function drainBesideInbound(path: Path, process: unknown): readonly Problem[] {
  if (valueAt(process, ["inbound"]) === undefined || valueAt(process, ["drain"]) === undefined) return [];
  return [{ path: [...path, "drain"], atKey: true, message: 'the inbound port knows what is in flight, so nothing is waited for blindly: remove this, or say "inbound: {drainLimit: ...}"' }];
}

const knownPlaceholders: Rule = (file) => [
  ...appliersOf(file, "process").flatMap(({ path, value }) => [
    ...placeholderProblems(value, path, ["command"], ["version", "port"]),
    ...placeholderProblems(value, path, ["environment"], ["version", "port"]),
  ]),
  ...appliersOf(file, "template").flatMap(({ path, value }) => [
    ...placeholderProblems(value, path, ["check"], ["candidate"]),
    ...placeholderProblems(value, path, ["reload"], []),
  ]),
  ...routersOf(file, "template").flatMap(({ path, value }) => [
    ...placeholderProblems(value, path, ["check"], ["candidate"]),
    ...["reload", "drained"].flatMap((command) => placeholderProblems(value, path, [command], [], "$ROLLPIN_UPSTREAM")),
  ]),
  ...appliersOf(file, "exec").flatMap(({ path, value }) => [...placeholderProblems(value, path, ["command"], []), ...placeholderProblems(value, path, ["undo"], [])]),
  ...routersOf(file, "catalog").flatMap(({ path, value }) => placeholderProblems(value, path, ["tags"], tagPlaceholders)),
  ...ways.flatMap((way) => placeholderProblems(file, [], ["hooks", "migrate", way, "command"], [], "$ROLLPIN_SCHEMA_TO")),
];

/** `variable` is one that such a command has in its environment. */
function placeholderProblems(applier: unknown, path: Path, inner: Path, known: readonly string[], variable = "$ROLLPIN_VERSION"): readonly Problem[] {
  const texts = Object.entries(Object(valueAt(applier, inner)));
  return texts.flatMap(([key, text]) =>
    placeholdersIn(String(text))
      .filter((found) => !known.some((name) => found.text === `{{${name}}}`))
      .map((found) => ({ path: [...path, ...inner, Array.isArray(valueAt(applier, inner)) ? Number(key) : key], message: placeholderHint(found.text, found.name, known, variable) })),
  );
}

function placeholderHint(text: string, name: string, known: readonly string[], variable: string): string {
  if (known.length === 0) return `nothing fills in ${text} here: the change is in the environment, such as ${variable}`;
  const meant = nearest(name, known);
  return meant === undefined ? `nothing fills in ${text} here; known: ${known.map((each) => `{{${each}}}`).join(", ")}` : `nothing fills in ${text}; did you mean {{${meant}}}?`;
}

const hooksAct: Rule = (file) => {
  const hook = valueAt(file, ["hooks", "migrate"]);
  if (Object(hook) !== hook || ways.some((way) => valueAt(hook, [way]) !== undefined)) return [];
  return [{ path: ["hooks", "migrate"], atKey: true, message: 'needs "down", "up" or both: the command that takes the schema one step that way' }];
};

const quiescenceOrder: Rule = (file) =>
  [...appliersOf(file, "template"), ...routersOf(file, "template")].flatMap(({ path, value }) => {
    const [min, max] = ["min", "max"].map((key) => durationAt(value, ["quiescence", key]));
    return min !== undefined && max !== undefined && min > max ? [{ path: [...path, "quiescence", "max"], message: 'must be at least "min"' }] : [];
  });

const pairs: Rule = (file) => {
  const missing = (has: string, lacks: string): readonly Problem[] =>
    valueAt(file, ["consul", has]) !== undefined && valueAt(file, ["consul", lacks]) === undefined ? [{ path: ["consul", has], atKey: true, message: `needs ${JSON.stringify(lacks)} too` }] : [];
  const both = valueAt(file, ["consul", "token"]) !== undefined && valueAt(file, ["consul", "tokenFile"]) !== undefined;
  const tokens: readonly Problem[] = both ? [{ path: ["consul", "token"], atKey: true, message: 'can\'t stand beside "tokenFile": keep one of them' }] : [];
  return [...missing("certFile", "keyFile"), ...missing("keyFile", "certFile"), ...tokens];
};

const tokenBeyondHost: Rule = (file) => {
  const address = valueAt(file, ["listen", "address"]);
  const parsed = typeof address === "string" ? parseListen(address) : undefined;
  const isOpen = parsed?.ok === true && !isWithinHost(parsed.value) && valueAt(file, ["listen", "tokenFile"]) === undefined;
  return isOpen ? [{ path: ["listen", "address"], message: beyondHost(String(address)) }] : [];
};

const distinctTargets: Rule = (file) => {
  const targets = [...appliersOf(file, "template"), ...routersOf(file, "template")].map(({ path, value }) => ({ path, target: valueAt(value, ["target"]) }));
  return targets
    .filter(({ target }, index) => typeof target === "string" && targets.findIndex((other) => other.target === target) < index)
    .map(({ path }) => ({ path: [...path, "target"], message: "another template of this file writes the same target" }));
};

/** Its record has one place in Consul, and its port is one on this host. */
const distinctRouters: Rule = (file) => {
  const routers = listAt(file, ["routers"]);
  const told = (key: string, nameOf: (router: unknown) => string | undefined, message: string): readonly Problem[] => {
    const names = routers.map(nameOf);
    return names.flatMap((name, index) => (name !== undefined && names.indexOf(name) < index ? [{ path: ["routers", index, key], message }] : []));
  };
  const textAt = (router: unknown, key: string): string | undefined => {
    const text = valueAt(router, [key]);
    return typeof text === "string" ? text : undefined;
  };
  return [
    ...told("listen", (router) => (textAt(router, "listen")?.endsWith(":0") === true ? undefined : textAt(router, "listen")), "another router of this file listens there"),
    ...told("upstream", (router) => (isKind(router, "mesh") ? textAt(router, "upstream") : undefined), "a service is in Consul's mesh but once: remove this one"),
    ...told("upstream", (router) => (isKind(router, "catalog") ? undefined : JSON.stringify([textAt(router, "upstream"), textAt(router, "name") ?? (isKind(router, "mesh") ? "mesh" : undefined)])), 'another router of this file has this upstream: give one of them another "name"'),
  ];
};

/** It says how much is to come to this agent's own instance, in the place that the agent keeps in the catalog. */
const catalogHasAnEntry: Rule = (file) => {
  const routers = routersOf(file, "catalog");
  const told = (message: string, of = routers): readonly Problem[] => of.map(({ path }) => ({ path, message }));
  const isSpare = valueAt(file, ["register"]) === false || appliersOf(file, "process").length === 0;
  return [
    ...(isSpare ? told('"catalog" says in Consul\'s catalog how much is to come to the process that this agent runs and registers: it needs a process applier, and no "register: false"') : []),
    ...told("an instance has one place in the catalog: remove this one", routers.slice(1)),
  ];
};

/** Only what passes through this process is seen, request by request. */
const auditSeesCalls: Rule = (file) => {
  if (valueAt(file, ["audit"]) === undefined) return [];
  const isRead = (door: unknown): boolean => door !== undefined && valueAt(door, ["mode"]) !== "tcp";
  const doors = [...routersOf(file, "proxy").map(({ value }) => value), ...appliersOf(file, "process").map(({ value }) => valueAt(value, ["inbound"]))];
  return doors.some(isRead) ? [] : [{ path: ["audit"], atKey: true, message: 'writes the calls that pass this agent, and none does: add a router of the kind "proxy" or an inbound port, in mode http, or remove it' }];
};

function isKind(router: unknown, kind: string): boolean {
  return valueAt(router, ["kind"]) === kind;
}

function routersOf(file: unknown, kind: string): readonly { readonly path: Path; readonly value: unknown }[] {
  return listAt(file, ["routers"]).flatMap((value, index) => (isKind(value, kind) ? [{ path: ["routers", index], value }] : []));
}

const RULES: readonly Rule[] = [onlyWhereObserving, onlyCommandsForService, oneProcess, processPort, knownPlaceholders, quiescenceOrder, pairs, tokenBeyondHost, distinctTargets, distinctRouters, catalogHasAnEntry, hooksAct, auditSeesCalls];

function appliersOf(file: unknown, kind: string): readonly { readonly path: Path; readonly value: unknown }[] {
  return listAt(file, ["appliers"]).flatMap((applier, index) => {
    const value = valueAt(applier, [kind]);
    return value === undefined ? [] : [{ path: ["appliers", index, kind], value }];
  });
}

function listAt(value: unknown, path: Path): readonly unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list : [];
}

function durationAt(value: unknown, path: Path): number | undefined {
  const text = valueAt(value, path);
  const parsed = typeof text === "string" ? parseDuration(text) : undefined;
  return parsed?.ok === true ? parsed.value : undefined;
}
