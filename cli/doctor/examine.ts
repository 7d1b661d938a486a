import { describeStoreFault } from "../../core/model/fault.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { gatherFacts } from "../../core/operations/gather.ts";
import { gatherFleet } from "../../core/operations/gather-fleet.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { type Failure, failureOfStore } from "../ending.ts";
import { checkAcl } from "./check-acl.ts";
import { checkClock, checkClocks } from "./check-clock.ts";
import { checkConnections, suspectConnections } from "./check-connections.ts";
import { checkConsul } from "./check-consul.ts";
import { checkFormat } from "./check-format.ts";
import { checkHistory } from "./check-history.ts";
import { checkRecords } from "./check-records.ts";
import { checkTls } from "./check-tls.ts";
import { type Finding, type Patient, type Records, type ServiceRecords, warning } from "./finding.ts";

/** All findings, the fine ones among them. A Consul that can't be reached ends it at once: nothing else could be told. */
export async function examine(patient: Patient): Promise<readonly Finding[]> {
  const consul = await checkConsul(patient);
  const about = [...consul, ...checkTls(patient)];
  if (consul.some(({ check, level }) => check === "consul" && level === "problem")) return [...about, ...(await suspectConnections(patient))];
  const rest = [await checkAcl(patient), await checkClock(patient), await checkConnections(patient), await checkFormat(patient), await checkHistory(patient), await examineRecords(patient)];
  return [...about, ...rest.flat()];
}

async function examineRecords(patient: Patient): Promise<readonly Finding[]> {
  const records = await gatherRecords(patient);
  const now = consulTime(patient.store, patient);
  if (records.ok) return [...checkRecords(records.value, patient.store.prefix, now), ...checkClocks(records.value, now)];
  return [warning("records", records.fault.message, "run doctor again")];
}

/** One service after the other: a fleet's whole history at once would be a lot. */
async function gatherRecords({ store, signal }: Patient): Promise<Result<Records, Failure>> {
  const fleet = await gatherFleet(store, { signal });
  if (!fleet.ok) return err(failureOfStore(fleet.fault));
  const services: ServiceRecords[] = [];
  for (const { service } of fleet.value.services) {
    const facts = await gatherFacts(store, service, { signal });
    if (!facts.ok) return err({ code: "consul", message: describeStoreFault(facts.fault) });
    const { head, instances, unreadable } = facts.value;
    services.push({ service, head, instances, unreadable });
  }
  return ok({ fleet: fleet.value, services });
}
