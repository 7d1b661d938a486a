import type { Nemesis } from "./nemesis.ts";

export const pauseConsul: Nemesis = {
  inflict: ({ world }) => world.consul.pause(),
  heal: ({ world }) => world.consul.resume(),
};
