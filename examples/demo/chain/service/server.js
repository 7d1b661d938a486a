// One program, three services of the demo: web asks cart, and cart asks payments. Each publishes a record of every call that
// it takes and makes, as OpenTelemetry has it; a real service would have its SDK and a collector do so.
// Each version lies in a folder of its own, which is also how it knows what it is: payments/2.0.0/server.js.
import { randomBytes } from "node:crypto";
import { Agent, createServer, request } from "node:http";
import { connect } from "node:net";
import { basename } from "node:path";

const version = basename(import.meta.dirname);
const role = process.env.DEMO_ROLE;
const port = Number(process.argv[2]);
const NEXT = { web: "CART", cart: "PAYMENTS" };
const KINDS = { server: 2, client: 3 };

const connections = new Agent({ keepAlive: true });
const id = (bytes) => randomBytes(bytes).toString("hex");
const now = () => performance.timeOrigin + performance.now();
let taken = 0;

/** payments 2.0.0 fails every fourth time. What others do depends on whom they ask. */
async function act(trace, parent) {
  taken += 1;
  if (NEXT[role] !== undefined) return ask(NEXT[role], trace, parent);
  if (version.startsWith("2.") && taken % 4 === 0) throw Object.assign(new Error("a bug of 2.0.0"), { paidBy: version });
  return { paidBy: version };
}

/** Where the others are is in the environment: the fixed ports of their agents. */
function ask(whom, trace, parent) {
  const [span, start] = [id(8), now()];
  const place = process.env[`DEMO_${whom}`];
  return new Promise((resolve, reject) => {
    const end = (failed) => record({ trace, span, parent, kind: "client", name: `ask ${whom.toLowerCase()}`, start, failed, peer: process.env[`DEMO_${whom}_SERVICE`] });
    const asked = request(`http://${place}/`, { agent: connections, headers: { traceparent: `00-${trace}-${span}-01` } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part)).on("error", reject).on("end", () => {
        const isWell = answer.statusCode === 200;
        end(!isWell);
        const said = JSON.parse(text);
        if (isWell) resolve(said);
        else reject(Object.assign(new Error(said.error), { paidBy: said.paidBy }));
      });
    });
    asked.on("error", (error) => {
      end(true);
      reject(error);
    }).end();
  });
}

const spans = [];
function record({ failed, kind, name, parent, peer, span, start, trace }) {
  const attributes = peer === undefined ? [] : [{ key: "peer.service", value: { stringValue: peer } }];
  const nanoseconds = (ms) => String(BigInt(Math.round(ms * 1000)) * 1000n);
  spans.push({ traceId: trace, spanId: span, ...(parent === undefined ? {} : { parentSpanId: parent }), kind: KINDS[kind], name, startTimeUnixNano: nanoseconds(start), endTimeUnixNano: nanoseconds(now()), status: failed ? { code: 2 } : {}, attributes });
}

/** NATS is spoken in lines: https://docs.nats.io/reference/reference-protocols/nats-protocol. */
const [busHost, busPort] = process.env.DEMO_BUS.split(":");
const bus = connect(Number(busPort), busHost, () => bus.write('CONNECT {"verbose":false}\r\n'));
bus.on("data", (data) => data.includes("PING") && bus.write("PONG\r\n"));
bus.on("error", () => {});
const resource = { attributes: Object.entries({ "service.name": process.env.DEMO_SERVICE, "service.version": version, "service.instance.id": process.env.ROLLPIN_INSTANCE ?? "unknown" }).map(([key, stringValue]) => ({ key, value: { stringValue } })) };
setInterval(() => {
  if (spans.length === 0) return;
  const message = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: spans.splice(0) }] }] });
  bus.write(`PUB spans ${Buffer.byteLength(message)}\r\n${message}\r\n`);
}, 100).unref();

const server = createServer((incoming, response) => {
  response.setHeader("x-instance", process.env.ROLLPIN_INSTANCE ?? "unknown");
  if (incoming.url === "/healthz") return response.end("ok\n");
  const [, trace = id(16), parent] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-/.exec(incoming.headers.traceparent ?? "") ?? [];
  const [span, start] = [id(8), now()];
  const answer = (status, said) => {
    record({ trace, span, parent, kind: "server", name: `GET / of ${role}`, start, failed: status !== 200 });
    response.statusCode = status;
    response.setHeader("x-version", said.paidBy ?? version);
    response.end(`${JSON.stringify(said)}\n`);
  };
  act(trace, span).then(
    (said) => answer(200, said),
    (error) => answer(500, { error: error.message, paidBy: error.paidBy }),
  );
});
server.keepAliveTimeout = 60_000;
server.listen(port, "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
