/** The four services of the group's story, and what each of their releases needs. */

/** What it does: examples/demo/group/service/server.js. */
export type Role = "web" | "payments" | "orders" | "ledger";

export interface Told {
  readonly version: string;
  /** By role. */
  readonly requires?: Readonly<Partial<Record<Role, string>>>;
  readonly schema?: { readonly reads: string; readonly writes: number };
}

export interface Member {
  readonly role: Role;
  /** Oldest first. The first is pinned when the story begins. */
  readonly releases: readonly Told[];
}

/** Where the story begins, and what the new release brings: examples/migrations/migrations. */
export const SCHEMA = { before: 7, after: 8 } as const;
export const ORDERS = { good: "1.4.0", bad: "2.0.0" } as const;
export const PAYMENTS = { before: "3.2.0", after: "4.0.0" } as const;

export const MEMBERS: readonly Member[] = [
  { role: "web", releases: [{ version: "7.1.0", requires: { payments: ">=3", ledger: "^5" } }] },
  {
    role: "payments",
    releases: [
      { version: PAYMENTS.before, requires: { orders: ">=1 <3" } },
      { version: PAYMENTS.after, requires: { orders: "^2" } },
    ],
  },
  {
    role: "orders",
    releases: [
      { version: ORDERS.good, schema: { reads: ">=6 <8", writes: SCHEMA.before } },
      { version: ORDERS.bad, schema: { reads: ">=8 <9", writes: SCHEMA.after } },
    ],
  },
  { role: "ledger", releases: [{ version: "5.1.0", requires: { orders: ">=1" } }] },
];

export const nameOf = (service: string, role: Role): string => `${service}-${role}`;
/** The agent that migrates the data of `orders`. */
export const dataOf = (service: string): string => `${service}-orders-data`;
