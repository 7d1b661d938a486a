/** One request through a system, as the spans that its services would record. */
import type { Span } from "../../../core/model/span.ts";
import { type Edge, type Host, type Random, type Service, type System, type Version, between, oneOf } from "./topology.ts";

const GIVE_UP_MS = 1_000;
const MOST_SPANS = 60;
/** Failures that are nobody's. */
const BASE_RATE = 0.001;

export interface Simulation {
  readonly random: Random;
  /** When rollouts begin. */
  readonly changedAt: number;
  /** Told of each call that a version takes. */
  readonly onCall: (service: Service, version: Version) => void;
}

interface Course {
  readonly trace: string;
  readonly spans: Span[];
  readonly by: Simulation;
}

/** How a call ended for who made it: later than `end` nobody waits. */
interface Ended {
  readonly ok: boolean;
  readonly end: number;
}

interface Where {
  readonly service: Service;
  readonly version: Version;
  readonly host: Host;
}

type Written = Pick<Span, "end" | "failed" | "kind" | "name" | "parent" | "span" | "start"> & Partial<Span>;

export function simulateRequest(system: System, at: number, by: Simulation): readonly Span[] {
  const course: Course = { trace: hex(by.random, 32), spans: [], by };
  serve(course, oneOf(by.random, system.entries), { at, kind: "server", parent: undefined, queue: undefined });
  return course.spans;
}

interface Incoming {
  readonly at: number;
  readonly kind: "consumer" | "server";
  readonly parent: string | undefined;
  readonly queue: string | undefined;
  readonly host?: Where;
}

/** What the service does with one call. */
function serve(course: Course, service: Service, incoming: Incoming): Ended {
  const { by } = course;
  const where = incoming.host ?? place(service, incoming.at, by);
  const { host, version } = where;
  by.onCall(service, version);
  const span = hex(by.random, 16);
  const work = between(by.random, 1, 8);
  const { fault } = version;
  const isHit = fault !== undefined && by.random() < fault.rate;
  let at = incoming.at + work / 2;
  let failed = host.isSick ? by.random() < 0.8 : by.random() < BASE_RATE;
  if (isHit && fault.kind === "errors") failed = true;
  if (isHit && fault.kind === "slow") at += between(by.random, 2_200, 4_000);
  if (!failed) ({ at, failed } = callOthers(course, where, span, at, isHit && fault.kind === "queries"));
  const end = at + work / 2;
  write(course, where, { span, parent: incoming.parent, kind: incoming.kind, name: `handle ${service.name}`, start: incoming.at, end, failed, ...(incoming.queue === undefined ? {} : { peer: incoming.queue }) });
  return { ok: !failed, end };
}

function callOthers(course: Course, where: Where, span: string, start: number, refused: boolean): { at: number; failed: boolean } {
  const { by } = course;
  let at = start;
  let failed = false;
  if (where.service.database !== undefined) {
    const answer = query(course, where, span, at, refused);
    if (!answer.ok) return { at: answer.end, failed: true };
    at = answer.end;
  }
  for (const edge of where.service.edges) {
    if (course.spans.length > MOST_SPANS || by.random() > edge.probability) continue;
    const answer = edge.queue === undefined ? call(course, where, span, edge, at) : send(course, where, span, edge, at);
    if (!answer.ok) failed = true;
    if (!edge.parallel || failed) at = Math.max(at, answer.end);
    if (failed) break;
  }
  return { at, failed };
}

function query(course: Course, where: Where, parent: string, at: number, refused: boolean): Ended {
  const { by } = course;
  const { database } = where.service;
  const isBroken = database?.fault !== undefined && by.random() < 0.7;
  const failed = refused || (isBroken && database.fault === "fails");
  const end = at + (isBroken && database.fault === "slow" ? between(by.random, 2_200, 4_000) : between(by.random, 0.3, 3));
  write(course, where, { span: hex(by.random, 16), parent, kind: "client", name: "SELECT", start: at, end, failed, ...(database === undefined ? {} : { database: database.name }) });
  return { ok: !failed, end };
}

function call(course: Course, where: Where, parent: string, edge: Edge, start: number): Ended {
  const { by } = course;
  let at = start;
  for (let attempt = 1; ; attempt += 1) {
    const span = hex(by.random, 16);
    const there = place(edge.to, at, by);
    const fault = there.version.fault;
    const isSilent = there.host.isDead || (fault?.kind === "crashes" && by.random() < fault.rate);
    if (isSilent && !there.host.isDead) by.onCall(edge.to, there.version);
    const answer = isSilent ? { ok: false, end: at + between(by.random, 0.5, 3) } : serve(course, edge.to, { at: at + 0.3, kind: "server", parent: span, queue: undefined, host: there });
    const givenUp = answer.end + 0.3 > at + GIVE_UP_MS;
    const end = givenUp ? at + GIVE_UP_MS : answer.end + 0.3;
    const failed = givenUp || !answer.ok;
    write(course, where, { span, parent, kind: "client", name: `call ${edge.to.name}`, start: at, end, failed, peer: edge.to.name, address: there.host.address });
    if (!failed || attempt >= edge.tries) return { ok: !failed, end };
    at = end + between(by.random, 1, 10);
  }
}

/** Whoever sends it waits for the answer where there is a deadline. */
function send(course: Course, where: Where, parent: string, edge: Edge, at: number): Ended {
  const { by } = course;
  const span = hex(by.random, 16);
  const sent = at + 0.5;
  const deadline = edge.queue?.deadline === undefined ? undefined : at + edge.queue.deadline;
  const there = place(edge.to, at, by, true);
  const fault = there.version.fault;
  const isSilent = fault?.kind === "crashes" && by.random() < fault.rate;
  write(course, where, { span, parent, kind: "producer", name: `send ${edge.queue?.name}`, start: at, end: sent, failed: false, ...(edge.queue === undefined ? {} : { peer: edge.queue.name }), ...(deadline === undefined ? {} : { deadline: deadline + where.host.skew }) });
  if (isSilent) by.onCall(edge.to, there.version);
  const answer = isSilent ? undefined : serve(course, edge.to, { at: sent + between(by.random, 0.5, 20), kind: "consumer", parent: span, queue: edge.queue?.name, host: there });
  if (deadline === undefined) return { ok: true, end: sent };
  const isLate = answer === undefined || answer.end > deadline;
  return { ok: !isLate && answer.ok, end: isLate ? deadline : answer.end };
}

/** From a queue, hosts that are dead take nothing. */
function place(service: Service, at: number, { changedAt, random }: Simulation, fromQueue = false): Where {
  const { rollout, stable } = service;
  const isNew = rollout !== undefined && at >= changedAt && (rollout.share === "replaced" || random() < rollout.share);
  const version = isNew ? rollout.version : stable;
  const hosts = fromQueue ? version.hosts.filter((host) => !host.isDead) : version.hosts;
  return { service, version, host: oneOf(random, hosts) };
}

function write(course: Course, { host, service, version }: Where, span: Written): void {
  course.spans.push({
    trace: course.trace,
    service: service.name,
    version: version.name,
    host: host.name,
    peer: undefined,
    address: undefined,
    database: undefined,
    deadline: undefined,
    links: [],
    ...span,
    start: span.start + host.skew,
    end: span.end + host.skew,
  });
}

function hex(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits) text += Math.floor(random() * 0x1_0000_0000).toString(16).padStart(8, "0");
  return text.slice(0, digits);
}
