import { describe, expect, it } from "vitest";
import { type ServerJudge, judgeServers } from "../../../../agent/haproxy/judge-servers.ts";
import type { Observed, ObservedServer } from "../../../../agent/haproxy/observed.ts";
import { determineView } from "../../../../agent/routers/determine-view.ts";
import { routesOf } from "../../decide/routing/routing-case.ts";

const nameOf = (port: number): string => `1.0.0:stable:10.0.0.1:${port}`;

interface Count {
  readonly port: number;
  readonly answers?: number;
  readonly sent?: number;
  readonly open?: number;
  readonly troubles?: number;
}

function server({ answers = 0, open = 0, port, sent = 0, troubles = 0 }: Count): ObservedServer {
  return { name: nameOf(port), host: "10.0.0.1", port, state: "ready", weight: 1, maxconn: 0, inFlight: open, answered: { "2xx": answers }, tries: { sent, open, troubles } };
}

function seen(...counts: readonly Count[]): Observed {
  return { backends: new Map([["c:1", counts.map(server)]]), maps: { runs: [], rules: [], sticky: [] }, isCurrent: true, connections: 0 };
}

function judge(ports: readonly number[]): ServerJudge {
  const judging = judgeServers();
  const instances = ports.map((port) => ({ id: `${port}`, node: "host-1", address: "10.0.0.1", port, tags: [], meta: { version: "1.0.0" }, passing: true }));
  judging.follow(determineView({ service: "checkout", revision: 1, state: { pins: { stable: "1.0.0" }, routes: undefined }, routes: routesOf("{}"), left: [], instances, failover: undefined, hold: undefined }));
  return judging;
}

/** Two servers, the first of which failed so often between two looks. */
function failed(times: number, more: Partial<Count> = {}): ServerJudge {
  const judging = judge([1, 2]);
  judging.look(seen({ port: 1 }, { port: 2 }), 0);
  judging.look(seen({ port: 1, sent: times, troubles: times, ...more }, { port: 2, sent: 9, answers: 9 }), 2_000);
  return judging;
}

describe("a server of HAProxy", () => {
  it("is left out once three requests were sent there and none was answered, and it is said", () => {
    expect(failed(2).leftOut()).toEqual([]);
    expect(failed(3).leftOut()).toEqual(["10.0.0.1:1"]);
    expect(failed(3).duties()).toEqual(new Map([[nameOf(1), "none"]]));
    expect(failed(3, { answers: 1, sent: 4 }).leftOut()).toEqual([]);
  });

  it("isn't left out for trouble that is counted twice, or for requests that aren't over", () => {
    expect(failed(4, { sent: 2 }).leftOut()).toEqual([]);
    expect(failed(4, { open: 2 }).leftOut()).toEqual([]);
  });

  it("isn't judged by counts that it had before it was looked at first", () => {
    const judging = judge([1, 2]);
    judging.look(seen({ port: 1, sent: 9, troubles: 9 }, { port: 2 }), 0);
    expect(judging.leftOut()).toEqual([]);
  });

  it("isn't judged by counts that began anew, for whichever server it shows, or while nobody looked", () => {
    const judging = judge([1, 2]);
    judging.look(seen({ port: 1, sent: 9, answers: 9 }, { port: 2, sent: 90, answers: 90 }), 0);
    judging.look(seen({ port: 1, sent: 12, answers: 9, troubles: 3 }, { port: 2, sent: 8, answers: 8 }), 2_000);
    expect(judging.leftOut()).toEqual([]);
    judging.lookAway();
    expect(judging.look(seen({ port: 1, sent: 19, answers: 9, troubles: 10 }, { port: 2, sent: 8, answers: 8 }), 4_000)).toEqual({ changes: [], failures: 0 });
  });

  it("stays where half of its kind are out already", () => {
    const judging = judge([1, 2]);
    judging.look(seen({ port: 1 }, { port: 2 }), 0);
    judging.look(seen({ port: 1, sent: 3, troubles: 3 }, { port: 2, sent: 3, troubles: 3 }), 2_000);
    expect(judging.leftOut()).toEqual(["10.0.0.1:1"]);
  });

  it("is tried when its time is over, comes back with an answer, and is out for longer without", () => {
    const judging = failed(3);
    judging.look(seen({ port: 1, sent: 3, troubles: 3 }, { port: 2, sent: 9, answers: 9 }), 6_999);
    expect(judging.isTrying()).toBe(false);
    judging.look(seen({ port: 1, sent: 3, troubles: 3 }, { port: 2, sent: 9, answers: 9 }), 7_000);
    expect({ isTrying: judging.isTrying(), duties: judging.duties() }).toEqual({ isTrying: true, duties: new Map([[nameOf(1), "one"]]) });
    const { changes, failures } = judging.look(seen({ port: 1, sent: 4, troubles: 4 }, { port: 2, sent: 9, answers: 9 }), 8_000);
    expect(failures).toBe(1);
    expect(changes).toEqual([{ server: nameOf(1), message: expect.stringContaining("still doesn't answer: HAProxy sends it nothing for 10 s") as string }]);
    judging.look(seen({ port: 1, sent: 4, troubles: 4 }, { port: 2, sent: 9, answers: 9 }), 18_000);
    judging.look(seen({ port: 1, sent: 5, troubles: 4, answers: 1 }, { port: 2, sent: 9, answers: 9 }), 19_000);
    expect({ duties: judging.duties(), leftOut: judging.leftOut() }).toEqual({ duties: new Map(), leftOut: [] });
  });

  it("isn't judged on trial by what was sent there before", () => {
    const judging = failed(3, { sent: 6, open: 3 });
    judging.look(seen({ port: 1, sent: 6, open: 3, troubles: 3 }, { port: 2, sent: 9, answers: 9 }), 7_000);
    judging.look(seen({ port: 1, sent: 6, open: 1, troubles: 5 }, { port: 2, sent: 9, answers: 9 }), 8_000);
    expect(judging.isTrying()).toBe(true);
  });
});
