import type { Nemesis } from "./nemesis.ts";

export const killCli: Nemesis = {
  inflict: ({ killCli: kill }) => kill(),
  heal: () => undefined,
};
