/** What one decision costs, by a document of 20 rules that the last one matches. Figures and bounds as `npm run prove` reads them. */
import { parseRoutes } from "../../core/config/parse-routes.ts";
import { compileRoutes } from "../../core/decide/routing/compile-routes.ts";
import { readCookie } from "../../core/decide/routing/read-cookie.ts";
import type { RoutedRequest } from "../../core/decide/routing/routed-request.ts";

const BATCH = 1_000;
const BATCHES = 2_000;
const MOST_NS = 1_000;

const kinds = ["header: {x-group: {prefix: beta-}}", "cookie: {group: alpha}", "path: /api/v2/", "method: POST", "caller: reports"];
const rules = Array.from({ length: 20 }, (_, at) => `  - {match: {${at === 19 ? "path: /, header: {x-debug: {present: false}}" : kinds[at % kinds.length]}}, split: {2.0.0: ${at}, 3.0.0: 5, pin: 80}}`);
const parsed = parseRoutes(`split: {2.0.0: 10, pin: 90}\nsticky: {cookie: session}\nrules:\n${rules.join("\n")}\n`, "routes");
if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
const instances = ["1.0.0", "2.0.0", "3.0.0"].map((version) => ({ version, track: "stable", passing: true }));
const compiled = compileRoutes(parsed.value, { service: "checkout", pins: { stable: "1.0.0" }, left: [], instances, failoverPassing: undefined });

/** As a router does: headers by name, and a cookie looked for when a rule first asks. */
function requestOf(user: number): RoutedRequest {
  const headers: Readonly<Record<string, string>> = { host: "checkout.local", "user-agent": "bench", "x-group": "gamma", cookie: `theme=dark; session=u-${user}; lang=en` };
  const cookies = new Map<string, string | undefined>();
  return {
    method: "GET",
    path: "/checkout/basket",
    caller: "frontend",
    header: (name) => headers[name],
    cookie(name) {
      if (!cookies.has(name)) cookies.set(name, readCookie(headers["cookie"] ?? "", name));
      return cookies.get(name);
    },
  };
}

function measure(requests: readonly RoutedRequest[]): { readonly medianNs: number; readonly bytes: number } {
  const [times, counts]: [number[], Map<unknown, number>] = [[], new Map()];
  const before = process.memoryUsage().heapUsed;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const startedAt = process.hrtime.bigint();
    let last: unknown;
    for (let at = 0; at < BATCH; at += 1) last = compiled.decide(requests[at % requests.length] ?? requestOf(0), at / BATCH);
    times.push(Number(process.hrtime.bigint() - startedAt) / BATCH);
    counts.set(last, (counts.get(last) ?? 0) + 1);
  }
  return { medianNs: times.sort((a, b) => a - b)[BATCHES >> 1] ?? 0, bytes: (process.memoryUsage().heapUsed - before) / BATCH / BATCHES };
}

const users = Array.from({ length: 500 }, (_, user) => requestOf(user));
measure(users);
const { bytes, medianNs } = measure(users);
console.log(`= a decision with 20 rules, sticky: median ${medianNs.toFixed(0)} ns over ${BATCHES} batches of ${BATCH} (bound ${MOST_NS}); ${bytes.toFixed(2)} bytes each`);
if (medianNs > MOST_NS) {
  console.log("! slower than its bound");
  process.exitCode = 1;
}
