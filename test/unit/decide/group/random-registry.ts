/** Systems of services that require one another, have data, and have a history. */
import * as fc from "fast-check";
import type { RegisteredService, Registry } from "../../../../core/decide/group/registry.ts";
import type { Release, Revision } from "../../../../core/model/records.ts";

const names = ["a", "b", "c", "d", "e", "f"] as const;
const numbers = ["1.0.0", "1.1.0", "2.0.0", "2.1.0", "3.0.0"] as const;
const ranges = fc.constantFrom("^1", "^2", ">=1 <3", "1.0.0", "<2", "*", "^3");

export interface RandomSystem {
  readonly registry: Registry;
  readonly histories: ReadonlyMap<string, readonly Revision[]>;
  readonly named: readonly string[];
  readonly withSchema: boolean;
}

/** Absent once in so many. */
const sometimes = <T>(one: fc.Arbitrary<T>, absent = 3): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined, freq: absent });
const schema = fc.record({
  reads: sometimes(fc.constantFrom("1", "2", "<3", ">=2", ">=1 <5", "*", ">4")),
  writes: sometimes(fc.integer({ min: 0, max: 4 })),
  reversible: sometimes(fc.dictionary(fc.constantFrom("1", "2", "3", "4"), fc.boolean(), { maxKeys: 1 })),
});

function randomService(own: string, services: readonly string[]): fc.Arbitrary<RegisteredService> {
  const others = services.filter((name) => name !== own);
  const requires = others.length === 0 ? fc.constant({}) : fc.dictionary(fc.constantFrom(...others), ranges, { maxKeys: 2 });
  return fc.integer({ min: 1, max: numbers.length }).chain((count) => {
    const versions = numbers.slice(0, count);
    const release = fc.record({ requires, schema: sometimes(schema) });
    return fc.record({
      pin: fc.constantFrom(...versions, ...versions, undefined),
      releases: fc.tuple(...versions.map(() => release)).map((all) => new Map(all.map((one, at) => [versions[at] ?? "", { release: releaseOf(versions[at] ?? "", one), registeredAt: at }]))),
      verdicts: fc.dictionary(fc.constantFrom(...versions), fc.constantFrom("good", "good", "condemned")).map((verdicts) => new Map(Object.entries(verdicts))),
      schema: sometimes(fc.integer({ min: 1, max: 4 }), 6),
    });
  });
}

function releaseOf(version: string, written: { readonly requires: Record<string, string>; readonly schema: unknown }): Release {
  return JSON.parse(JSON.stringify({ version, ...written })) as Release;
}

/** At each time, what some of the services were pinned to. */
function randomHistories(services: readonly string[]): fc.Arbitrary<RandomSystem["histories"]> {
  const moment = fc.dictionary(fc.constantFrom(...services), fc.constantFrom(...numbers), { minKeys: 1 });
  return fc.array(moment, { minLength: 2, maxLength: 8 }).map((moments) => new Map(services.map((service) => [service, historyOf(service, moments)])));
}

function historyOf(service: string, moments: readonly Readonly<Record<string, string>>[]): readonly Revision[] {
  const entries = moments.flatMap((moment, at) => {
    const pin = moment[service];
    return pin === undefined ? [] : [{ revision: at + 1, at: new Date(Date.UTC(2026, 0, 1, at)).toISOString(), by: "ann", plan: `${service}.${at + 1}-aaaaaa`, kind: "pin" as const, before: { pins: {} }, after: { pins: { stable: pin } }, overrides: [], services: {} }];
  });
  return entries.reverse();
}

export const randomSystem: fc.Arbitrary<RandomSystem> = fc.integer({ min: 1, max: names.length }).chain((count) => {
  const services = names.slice(0, count);
  return fc.record({
    registry: fc.tuple(...services.map((name) => randomService(name, services))).map((all) => ({ services: new Map(all.map((one, at) => [services[at] ?? "", one])) })),
    histories: randomHistories(services),
    named: fc.subarray(services, { minLength: 1, maxLength: Math.min(2, count) }),
    withSchema: fc.boolean(),
  });
});
