/** The built-in router with a split, a rule and stickiness, over two instances; it writes calls to a file where one is named. Tells its port. */
import { createLogger } from "../../../agent/log.ts";
import { keepAudit } from "../../../agent/audit/keep-audit.ts";
import { determineView } from "../../../agent/routers/determine-view.ts";
import { openProxyRouter } from "../../../agent/routers/proxy-router.ts";
import { systemClock } from "../../../core/clock.ts";
import { auditSchema } from "../../../core/config/audit-settings.ts";
import { parseRoutes } from "../../../core/config/parse-routes.ts";
import { proxySchema } from "../../../core/config/router-settings.ts";

const ROUTES = 'split: {"2.0.0": 25, pin: 75}\nsticky: {cookie: user}\nrules:\n  - {match: {header: {x-beta: "on"}}, split: {"2.0.0": 1}}\n';
const [one, two, file] = process.argv.slice(2);
const ports = [one, two].map(Number);
const settings = proxySchema.parse({ kind: "proxy", upstream: "shop", listen: "127.0.0.1:0" });
const routes = parseRoutes(ROUTES, "routes");
if (!routes.ok) throw new Error("the bench's own settings are bad");
const audit = keepAudit({ clock: systemClock, log: createLogger({ level: "info", base: {} }) });
await audit.open({ service: "bench", track: "stable", audit: file === undefined ? undefined : auditSchema.parse({ file }) }, ".");
const opened = await openProxyRouter(settings, { clock: systemClock, random: Math.random, inherited: undefined, caller: "bench", calls: audit.atRouter("shop") });
if (!opened.ok) throw new Error(opened.fault);
const instances = ports.map((port, at) => ({ id: `shop-${at}`, node: "host-1", address: "127.0.0.1", port, tags: [], meta: { version: `${at + 1}.0.0` }, passing: true }));
opened.value.follow(determineView({ service: "shop", revision: 1, state: { pins: { stable: "1.0.0" }, routes: ROUTES }, routes: routes.value, left: [], instances, failover: undefined, hold: undefined }));
process.send?.([opened.value.port]);
process.on("disconnect", () => process.exit(0));
