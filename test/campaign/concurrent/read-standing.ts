import type { DesiredState } from "../../../core/model/desired.ts";
import { headSchema, type Verdict, verdictSchema } from "../../../core/model/records.ts";
import type { ConsulServer } from "../../support/consul-server.ts";
import type { Standing } from "./stray-heads.ts";

/** As a person with curl reads it. */
export async function readStanding(consul: ConsulServer, service: string): Promise<Standing> {
  const texts = await textsBelow(consul, `rollpin/desired/${service}/`);
  const { head, pin, ...parts } = texts;
  const state: DesiredState = { pins: pin === undefined ? {} : { stable: pin.trim() }, ...parts };
  const verdicts = Object.entries(await textsBelow(consul, `rollpin/verdicts/${service}/`)).map(([version, text]): [string, Verdict] => [version, verdictSchema.parse(JSON.parse(text))]);
  return { head: headSchema.parse(JSON.parse(head ?? "null")), state, verdicts: Object.fromEntries(verdicts) };
}

async function textsBelow(consul: ConsulServer, folder: string): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await consul.kv.list(folder)).map(({ key, value }) => [key.slice(folder.length), value.toString()]));
}
