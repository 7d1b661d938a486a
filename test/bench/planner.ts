/** What finding a way back costs, by the number of services. Figures and bounds as `npm run prove` reads them. */
import { findWayBack } from "../../core/decide/group/find-way-back.ts";
import type { Registry } from "../../core/decide/group/registry.ts";
import { systemOfRegistry } from "../../core/decide/group/system-of-registry.ts";

const SIZES = [10, 100, 1_000, 5_000];
const BOUND = { services: 1_000, ms: 200 };
const VERSIONS = 50;
/** Major versions: what one requires of another changes with these. */
const MAJORS = 5;
const TURNS = 40;

/** The same on every machine: https://en.wikipedia.org/wiki/Linear_congruential_generator, Numerical Recipes' numbers. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Each service calls up to three others, and needs of each the major version that was new when it was built: nearly the
 * newest minor one if it is eager, as a third are, else one that was old already.
 */
function registryOf(count: number): Registry {
  const random = createRandom(count);
  const perMajor = VERSIONS / MAJORS;
  const versionOf = (at: number): string => `${1 + Math.floor(at / perMajor)}.${at % perMajor}.0`;
  return {
    services: new Map(
      Array.from({ length: count }, (_, own) => {
        const others = Array.from({ length: Math.min(own, Math.floor(random() * 4)) }, () => Math.floor(random() * own));
        const isEager = random() < 1 / 3;
        const releases = Array.from({ length: VERSIONS }, (__, at) => {
          const minor = isEager ? Math.max(0, (at % perMajor) - 1) : Math.floor((at % perMajor) / 2);
          const requires = Object.fromEntries(others.map((other) => [`service-${other}`, `^${1 + Math.floor(at / perMajor)}.${minor}`]));
          return [versionOf(at), { release: { version: versionOf(at), requires }, registeredAt: at }] as const;
        });
        return [`service-${own}`, { pin: versionOf(VERSIONS - 1), releases: new Map(releases), verdicts: new Map(releases.slice(0, -2).map(([version]) => [version, "good"] as const)) }];
      }),
    ),
  };
}

/** Back by a few versions, of which the newest are bad: some go along. Back by a major version: whoever is tied to it goes along. */
const DEPTHS = [
  { bad: 3, name: "a few versions" },
  { bad: VERSIONS / MAJORS, name: "a major version" },
];

for (const size of SIZES) for (const depth of DEPTHS) measure(size, depth);

function measure(size: number, { bad, name }: (typeof DEPTHS)[number]): void {
  const registry = registryOf(size);
  const random = createRandom(size + 1);
  const times: number[] = [];
  const moved: number[] = [];
  let none = 0;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const service = `service-${Math.floor(random() * size)}`;
    const releases = [...(registry.services.get(service)?.releases.keys() ?? [])];
    const startedAt = performance.now();
    const way = findWayBack(systemOfRegistry(registry, { named: new Map([[service, releases.slice(0, -bad).reverse()]]) }), [service]);
    times.push(performance.now() - startedAt);
    if (way.kind === "found") moved.push(way.moves.size);
    else none += 1;
  }
  times.sort((a, b) => a - b);
  const [median = 0, longest = 0] = [times[TURNS >> 1], times.at(-1)];
  console.log(`= ${size} services x ${VERSIONS} versions, back by ${name}: ${median.toFixed(1)} ms median, ${longest.toFixed(1)} ms at most over ${TURNS}; ${(moved.reduce((sum, one) => sum + one, 0) / Math.max(1, moved.length)).toFixed(1)} services move, at most ${Math.max(...moved)}; ${none} had no way`);
  if (bad === DEPTHS[0]?.bad && size === BOUND.services && longest > BOUND.ms) {
    console.log(`! longer than ${BOUND.ms} ms`);
    process.exitCode = 1;
  }
}
