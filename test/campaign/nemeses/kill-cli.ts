import { type Nemesis, NOTHING } from "./nemesis.ts";

export const killCli: Nemesis = ({ killCli: kill }) => {
  kill();
  return NOTHING;
};
