/** Services whose records go to a bus, and an agent's part that takes them from there. */
import { type CallRecords, openCallRecords } from "../../../agent/bus/call-records.ts";
import { createLogger } from "../../../agent/log.ts";
import { systemClock } from "../../../core/clock.ts";
import { type BusSettings, busSchema } from "../../../core/config/bus-settings.ts";
import type { Span } from "../../../core/model/span.ts";
import * as z from "zod/mini";

export const THRESHOLDS = { confidence: 0.99, minSamples: 50, effect: 0.005 } as const;

export function openRecords(settings: z.input<typeof busSchema>, instance: string): Promise<CallRecords> {
  const parsed: BusSettings = z.parse(busSchema, settings);
  return openCallRecords({ settings: parsed, folder: process.cwd(), instance, clock: systemClock, random: Math.random, log: createLogger({ level: "error", base: {} }) });
}

let count = 0;
const id = (digits: number): string => (count += 1).toString(16).padStart(digits, "0");

/** shop calls cart, cart calls payments, which fails where it is told to. */
function request(payments: string, failed: boolean): readonly Span[] {
  const trace = id(32);
  const start = Date.now() - 100;
  const [root, toCart, cart, toPayments, served] = [id(16), id(16), id(16), id(16), id(16)];
  const span = (more: Pick<Span, "kind" | "parent" | "service" | "span"> & Partial<Span>, depth: number): Span => ({ trace, name: more.service, version: "1.0.0", host: undefined, start: start + depth, end: start + 50 - depth, failed, peer: undefined, address: undefined, database: undefined, deadline: undefined, links: [], ...more });
  return [
    span({ span: root, parent: undefined, kind: "server", service: "shop" }, 0),
    span({ span: toCart, parent: root, kind: "client", service: "shop", peer: "cart" }, 1),
    span({ span: cart, parent: toCart, kind: "server", service: "cart" }, 2),
    span({ span: toPayments, parent: cart, kind: "client", service: "cart", peer: "payments" }, 3),
    span({ span: served, parent: toPayments, kind: "server", service: "payments", version: payments }, 4),
  ];
}

/** Beside one another, 2.0.0 failing one time in four. */
export function requests(of: number): readonly (readonly Span[])[] {
  return Array.from({ length: of }, (_, at) => request(at % 2 === 0 ? "1.0.0" : "2.0.0", at % 8 === 1));
}

export const suspectOf = (service: string, version: string) => ({ service, version, baseline: "1.0.0", since: Date.now() - 60_000 });
