import { expect, it } from "vitest";
import { inheritedSockets } from "../../../../agent/upgrade/inherited-sockets.ts";

const PID = 42;
it.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, number | undefined>>]>([
  ["nothing", {}, { inbound: undefined }],
  ["another agent's", { ROLLPIN_HANDED_SOCKETS: "inbound=3,listen=4" }, { inbound: 3, listen: 4 }],
  ["another agent's, none", { ROLLPIN_HANDED_SOCKETS: "" }, { inbound: undefined }],
  ["nonsense", { ROLLPIN_HANDED_SOCKETS: "inbound=x,=3,listen" }, { inbound: undefined, listen: undefined }],
  ["systemd's only one, whatever its name", { LISTEN_PID: "42", LISTEN_FDS: "1", LISTEN_FDNAMES: "rollpin.socket" }, { inbound: 3 }],
  ["systemd's, by name", { LISTEN_PID: "42", LISTEN_FDS: "2", LISTEN_FDNAMES: "listen:inbound" }, { inbound: 4, listen: 3 }],
  ["systemd's for another process", { LISTEN_PID: "41", LISTEN_FDS: "1" }, { inbound: undefined }],
  ["systemd's nonsense", { LISTEN_PID: "42", LISTEN_FDS: "many" }, { inbound: undefined }],
])("%s", (_, env, expected) => {
  const sockets = inheritedSockets(env, PID);
  for (const [name, descriptor] of Object.entries(expected)) expect([name, sockets.take(name)]).toEqual([name, descriptor]);
});

it("gives each away once, and says once that another agent makes way", () => {
  const sockets = inheritedSockets({ ROLLPIN_HANDED_SOCKETS: "inbound=3" }, PID);
  expect([sockets.take("inbound"), sockets.take("inbound")]).toEqual([3, undefined]);
  expect([sockets.succeeds(), sockets.succeeds()]).toEqual([true, false]);
  expect(inheritedSockets({ LISTEN_PID: "42", LISTEN_FDS: "1" }, PID).succeeds()).toBe(false);
});
