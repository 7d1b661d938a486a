import type { Nemesis } from "./nemesis.ts";

export const killConsul: Nemesis = {
  inflict: ({ world }) => world.consul.kill(),
  heal: ({ world }) => world.consul.restart(),
};
