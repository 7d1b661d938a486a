/** Messages on the bus that must set off nothing: no records, records of somebody else, and records that can't be counted. */
import type { Span } from "../../../../core/model/span.ts";
import { jsonOf, protobufOf } from "../../../support/otlp.ts";
import { pick } from "../../../support/random.ts";
import { junk } from "./draw-webhook.ts";

type Random = () => number;
const count = (random: Random, most: number): number => Math.floor(random() * (most + 1));
const hex = (random: Random, digits: number): string => Array.from({ length: digits }, () => count(random, 15).toString(16)).join("");

const DAY_MS = 86_400_000;

/** A failing call as it would be counted, but for what is changed. */
function failing(random: Random, over: Partial<Span>): Span {
  const now = Date.now();
  return { trace: hex(random, 32), span: hex(random, 16), parent: undefined, kind: "server", name: "call", service: "payments", version: "2.0.0", host: undefined, start: now - 20, end: now, failed: true, peer: undefined, address: undefined, database: undefined, deadline: undefined, links: [], ...over };
}

function strays(random: Random, service: string, version: string): readonly Span[] {
  const now = Date.now();
  const over = pick<() => Partial<Span>>(random, [
    () => ({ service: pick(random, ["shop", "secret", `${service} `, service.toUpperCase(), `${service}\u0000`, "constructor", "__proto__", junk(random, 40)]) }),
    () => ({ version: pick(random, ["9.9.9", `${version} `, `v${version}`, "__proto__", junk(random, 40)]) }),
    // Before the change, or by a clock that can't be right.
    () => ({ start: now - DAY_MS, end: now - DAY_MS + 10 }),
    () => ({ start: now + DAY_MS, end: now + DAY_MS + 10 }),
    () => ({ name: "x".repeat(count(random, 20_000)) }),
    // It is the one that is called that would be to blame.
    () => ({ kind: "client", peer: junk(random, 30) }),
  ])();
  const isOwn = over.service === undefined && over.version === undefined && over.start === undefined && over.kind === undefined;
  return Array.from({ length: 1 + count(random, 5) }, () => failing(random, { service, version, ...over, failed: !isOwn }));
}

const NESTS = ["[", '{"resourceSpans":[', '{"a":'] as const;
const LARGEST = 900 * 1024;

export function drawMessage(random: Random, service: string, version: string): Buffer {
  const kind = random();
  if (kind < 0.1) return Buffer.from(junk(random, 4_000));
  if (kind < 0.15) return Buffer.from(pick(random, NESTS).repeat(count(random, 20_000)));
  if (kind < 0.16) return Buffer.alloc(count(random, LARGEST), pick(random, ["x", "\n", "[", "\u0000"]));
  const spans = strays(random, service, version);
  const body = random() < 0.5 ? jsonOf(spans) : protobufOf(spans);
  if (kind < 0.3) return body.subarray(0, count(random, body.length));
  // What is of another service becomes none of this one's by a changed byte or two.
  const isOthers = spans.every((span) => span.service !== service);
  return kind < 0.5 && isOthers ? Buffer.from(body.map((byte) => (random() < 0.01 ? count(random, 255) : byte))) : body;
}
