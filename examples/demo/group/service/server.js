// One program, four services of the demo: web asks payments and ledger, and both ask orders, which has the database.
// Each version lies in a folder of its own, which is also how it knows what it is: releases/2.0.0/server.js.
import { randomInt } from "node:crypto";
import { Agent, createServer, request } from "node:http";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const version = basename(import.meta.dirname);
const major = Number.parseInt(version, 10);
const role = process.env.DEMO_ROLE;
const port = Number(process.argv[2]);
const CUSTOMERS = ["Ana", "Bo", "Cy", "Dee", "Eli"];

const connections = new Agent({ keepAlive: true });
const act = { web, payments, ledger, orders: role === "orders" ? orders() : undefined }[role];

/** A sale: it is taken by payments, and told by ledger. */
async function web() {
  const sold = await ask("payments");
  await ask("ledger");
  return sold;
}

/** From 4.0.0 on it only knows the answers of orders 2, where a customer is more than a name. */
async function payments() {
  const { customer, order, takenBy } = await ask("orders");
  const name = typeof customer === "string" && major < 4 ? customer : customer.name;
  if (name === undefined) throw new Error(`payments ${version} can't read what orders answered`);
  return { order, takenBy };
}

async function ledger() {
  const { orders: count } = await ask("orders", "/count");
  return { orders: count };
}

/** 1.4.0 knows the tables of schema 7, 2.0.0 those of schema 8; and 2.0.0 fails for every fifth order. */
function orders() {
  // The demo's driver is the repository's own; a service would bring its own.
  const { Pool } = createRequire(join(process.env.DEMO_ROOT, "package.json"))("pg");
  const pool = new Pool({ max: 4 });
  pool.on("error", () => {});
  let taken = 0;
  return async (path) => {
    if (path === "/count") return { orders: (await pool.query("SELECT count(*)::int AS orders FROM orders")).rows[0].orders };
    taken += 1;
    if (major >= 2 && taken % 5 === 0) throw new Error("a bug of 2.0.0");
    const customer = CUSTOMERS[randomInt(CUSTOMERS.length)];
    const order = randomInt(2 ** 47);
    const sql = major < 2
      ? "INSERT INTO orders (id, cents, customer) VALUES ($1, $2, $3)"
      : "WITH one AS (INSERT INTO customers (name) VALUES ($3) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id) INSERT INTO orders (id, cents, customer_id) SELECT $1, $2, id FROM one";
    await pool.query(sql, [order, randomInt(10_000), customer]);
    return { order, takenBy: version, customer: major < 2 ? customer : { name: customer } };
  };
}

/** Where the others are is in the environment: the fixed ports of their agents. */
function ask(whom, path = "/") {
  return new Promise((resolve, reject) => {
    const asked = request(`http://${process.env[`DEMO_${whom.toUpperCase()}`]}${path}`, { agent: connections }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part)).on("error", reject).on("end", () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${whom} answered ${answer.statusCode}: ${text.trim()}`));
      });
    });
    asked.on("error", reject).end();
  });
}

const server = createServer((incoming, response) => {
  response.setHeader("x-version", version);
  response.setHeader("x-instance", process.env.ROLLPIN_INSTANCE ?? "unknown");
  if (incoming.url === "/healthz") return response.end("ok\n");
  act(incoming.url).then(
    (answer) => {
      if (answer.order !== undefined) response.setHeader("x-mark", String(answer.order)).setHeader("x-version", answer.takenBy);
      response.end(`${JSON.stringify(answer)}\n`);
    },
    (error) => {
      response.statusCode = 500;
      response.end(`${role} ${version}: ${error.message}\n`);
    },
  );
});
server.keepAliveTimeout = 60_000;
server.listen(port, "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
