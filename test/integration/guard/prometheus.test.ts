/** The signal `prometheus` at a real Prometheus that scrapes a real target, and at servers that are none. */
import { type RequestListener, type Server, createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SignalDeps } from "../../../agent/guard/signal.ts";
import { type Prometheus, openPrometheus } from "../../../agent/guard/signals/prometheus/ask-prometheus.ts";
import { openPrometheusSignal } from "../../../agent/guard/signals/prometheus/prometheus-signal.ts";
import { isoTime, systemClock } from "../../../core/clock.ts";
import { httpSourceSchema } from "../../../core/config/http-source.ts";
import { prometheusSignalSchema } from "../../../core/config/signals/prometheus.ts";
import { type Reading, type Suspect, readingSchema } from "../../../core/model/reading.ts";
import { createMemoryWorld } from "../../../core/store/memory.ts";
import { type PrometheusServer, prometheusProgram, startPrometheus } from "../../support/prometheus-server.ts";
import { until } from "../../support/until.ts";
import { type ScrapedService, startScrapedService } from "./scraped-service.ts";

const never = new AbortController().signal;
const suspectOf = (over: Partial<Suspect> = {}): Suspect => ({ service: "checkout", track: "stable", version: "2.0.0", baseline: "1.9.0", since: isoTime(systemClock.now()), ...over });
const opened: Prometheus[] = [];
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  await Promise.all(closing.splice(0).map((close) => close()));
});

function ask(url: string, signal: object, more: object = {}): (suspect?: Suspect) => Promise<Reading> {
  const prometheus = openPrometheus(httpSourceSchema.parse({ url, timeout: "30s", ...more }), { clock: systemClock, folder: tmpdir() });
  opened.push(prometheus);
  const deps: SignalDeps = { service: "checkout", name: "errors", judge: { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } }, store: createMemoryWorld().client(), clock: systemClock, watches: true, random: () => 0.5, log: pino({ level: "silent" }), news: () => undefined };
  const created = openPrometheusSignal(prometheusSignalSchema.parse(signal), prometheus, deps);
  return async (suspect = suspectOf()) => {
    const reading = await created.read(suspect, never);
    expect(readingSchema.safeParse(reading)).toMatchObject({ success: true });
    return reading;
  };
}

/** A scrape may come too late on a busy machine: what was seen within a minute counts. */
const SHARE = 'sum(last_over_time(http_requests_total{service="{{service}}",version=~"{{version}}",code="500"}[1m])) / sum(last_over_time(http_requests_total{service="{{service}}",version="{{version}}"}[1m]))';

describe.skipIf(prometheusProgram === undefined)("at a real Prometheus", () => {
  let service: ScrapedService;
  let server: PrometheusServer;
  beforeAll(async () => {
    service = await startScrapedService("checkout");
    server = await startPrometheus({ targets: [service.address] });
    service.serve("1.9.0", { requests: 100 });
    service.serve("2.0.0", { requests: 100, errors: 20 });
    service.serve("2x0x0", { requests: 100, errors: 100 });
    service.serve("3.0.0+b1", { requests: 100, errors: 1 });
    await until("all is scraped", async () => (await ask(server.url, { prometheus: 'http_requests_total{version="3.0.0+b1",code="500"}', above: 0 })()).says === "bad");
  });
  afterAll(async () => {
    await server?.remove();
    await service?.close();
  });

  it("tells a bad version from its good baseline, and no other version from its pattern", async () => {
    const reading = await ask(server.url, { prometheus: SHARE, above: 0.05 })();
    expect(reading).toMatchObject({ says: "bad", alike: false, summary: "Prometheus: checkout 2.0.0 has 0.2, above 0.05; its baseline 1.9.0 has 0, not above 0.05" });
    expect(reading.evidence).toMatchObject([{ kind: "series", above: 0.05, value: 0.2 }, { kind: "series", value: 0 }, { kind: "series", why: expect.stringContaining("finds nothing") as string }]);
  });

  it("passes a good one, and says by what figure", async () => {
    expect(await ask(server.url, { prometheus: SHARE, above: 0.05 })(suspectOf({ version: "3.0.0+b1" }))).toMatchObject({ says: "good", summary: "Prometheus: checkout 3.0.0+b1 has 0.01, not above 0.05" });
  });

  it("sees that both fail alike", async () => {
    const reading = await ask(server.url, { prometheus: SHARE, above: 0.05 })(suspectOf({ baseline: "2x0x0" }));
    expect(reading).toMatchObject({ says: "bad", alike: true, summary: expect.stringContaining("its baseline 2x0x0 is as bad with 1, above 0.05") as string });
  });

  it("dates the symptom before the change where it was so already, and keeps the date", async () => {
    const everyone = ask(server.url, { prometheus: 'sum(last_over_time(http_requests_total{service="{{service}}",code="500"}[1m]))', above: 10 });
    await until("it was so a second ago", async () => {
      const suspect = suspectOf();
      const reading = await everyone(suspect);
      return reading.since !== undefined && reading.since < suspect.since;
    });
    const suspect = suspectOf();
    const first = await everyone(suspect);
    expect(first).toMatchObject({ says: "bad", summary: expect.stringContaining("it was so before the change already, with 121, above 10") as string });
    expect(first).not.toHaveProperty("alike");
    expect((await everyone(suspect)).since).toBe(first.since);
  });

  it.each([
    ["an empty answer", { prometheus: 'nothing_of_this_name{version="{{version}}"}', above: 0 }, /the query finds nothing/],
    ["NaN", { prometheus: "vector(0) / 0", above: 0 }, /gives NaN/],
    ["infinity", { prometheus: "vector(1) / 0", above: 0 }, /gives \+Inf/],
    ["many series", { prometheus: "last_over_time(http_requests_total[1m])", above: 0 }, /gives 8 series/],
    ["a broken query", { prometheus: "sum(", above: 0 }, /it refuses the query \(bad_data\): .*parse error/],
    ["a range", { prometheus: "http_requests_total[1m]", above: 0 }, /gives ranges of values/],
  ])("says nothing from %s, and why", async (_, signal, why) => {
    expect(await ask(server.url, signal)()).toMatchObject({ says: "no-data", summary: expect.stringMatching(why) as string });
  });

  describe("counts since the change", () => {
    const ERRORS = { prometheus: { errors: 'sum(increase(http_requests_total{service="{{service}}",version="{{version}}",code="500"}[{{window}}]))', requests: 'sum(increase(http_requests_total{service="{{service}}",version="{{version}}"}[{{window}}]))' }, against: "baseline" };
    const LATENCY = { prometheus: { latency: 'sum by (le) (increase(http_request_seconds_bucket{service="{{service}}",version="{{version}}"}[{{window}}]))' }, against: "baseline" };
    /** Counters are there before they count: what `increase` doesn't see is where one begins. */
    const begin = async (...versions: readonly string[]): Promise<string> => {
      for (const version of versions) service.serve(version, { requests: 2, errors: 1 });
      await until("they are scraped", async () => {
        const asked = await Promise.all(versions.map((version) => ask(server.url, { prometheus: `http_requests_total{version="${version}",code="500"}`, above: 0 })()));
        return asked.every(({ says }) => says === "bad");
      });
      return isoTime(systemClock.now());
    };

    it("are compared with the baseline's of the same time", async () => {
      const suspect = suspectOf({ version: "5.0.0", baseline: "4.0.0", since: await begin("4.0.0", "5.0.0") });
      const [errors, slower] = [ask(server.url, ERRORS), ask(server.url, LATENCY)];
      expect((await errors(suspect)).says).toBe("no-data");
      service.serve("4.0.0", { requests: 1_000, errors: 10 });
      service.serve("5.0.0", { requests: 1_000, errors: 150, seconds: 0.3 });
      const bad = await until("errors are counted", async () => {
        const reading = await errors(suspect);
        return reading.says === "bad" && reading;
      });
      expect(bad).toMatchObject({ alike: false, summary: expect.stringMatching(/^Prometheus: more requests to checkout fail \(by more than 0\.5%, at 99% confidence\): 5\.0\.0 failed \d+ of \d+ \(1\d%\), 4\.0\.0 failed \d+ of \d+ \((1|0\.\d+|1\.\d+)%\) beside it$/) as string, evidence: [{ kind: "counts", version: "5.0.0" }, { kind: "counts", version: "4.0.0", when: "beside" }, { kind: "comparison", of: "errors", says: "worse" }] });
      expect((await errors(suspect)).since).toBe(bad.since);
      const slow = await until("latencies are measured", async () => {
        const reading = await slower(suspect);
        return reading.says === "bad" && reading;
      });
      expect(slow.summary).toMatch(/^Prometheus: answers of checkout take longer \(by more than 10%, at 99% confidence\): 5\.0\.0 answered half of \d+ within 0\.5, 4\.0\.0 answered half of \d+ within 0\.05 beside it$/);
      // The other way round it is no worse.
      expect((await errors({ ...suspect, version: "4.0.0", baseline: "5.0.0" })).says).toBe("good");
      expect((await slower({ ...suspect, version: "4.0.0", baseline: "5.0.0" })).says).toBe("good");
    });

    it("are compared with the baseline's of before the change, where it has none beside it", async () => {
      await begin("6.0.0", "7.0.0");
      service.serve("6.0.0", { requests: 1_000, errors: 10 });
      const [all, now] = [ask(server.url, { prometheus: 'sum(last_over_time(http_requests_total{version="6.0.0"}[1m]))', above: 1_000 }), ask(server.url, { prometheus: 'sum(increase(http_requests_total{version="6.0.0"}[2s]))', below: 1 })];
      await until("the baseline is counted", async () => (await all()).says === "bad");
      await until("it has ended", async () => (await now()).says === "bad");
      const suspect = suspectOf({ version: "7.0.0", baseline: "6.0.0", since: isoTime(systemClock.now()) });
      service.serve("7.0.0", { requests: 1_000, errors: 150 });
      const errors = ask(server.url, ERRORS);
      const reading = await until("errors are counted", async () => {
        const read = await errors(suspect);
        return read.says === "bad" && read;
      });
      expect(reading).toMatchObject({ summary: expect.stringMatching(/before it$/) as string, evidence: [{}, { version: "6.0.0", when: "before" }, {}] });
    });

    it.each([
      [{ ...ERRORS, prometheus: { ...ERRORS.prometheus, errors: 'increase(http_requests_total{version!="{{version}}"}[{{window}}])' } }, /gives \d+ series where one count is needed/],
      [{ ...LATENCY, prometheus: { latency: 'increase(http_requests_total{version="{{version}}"}[{{window}}])' } }, /gives series without the label "le"/],
      [{ ...LATENCY, prometheus: { latency: 'increase(http_request_seconds_bucket{version!="{{version}}"}[{{window}}])' } }, /gives several series for one bucket/],
      [{ ...LATENCY, prometheus: { latency: 'sum by (le) (increase(http_request_seconds_bucket{version="{{version}}",le!="+Inf"}[{{window}}]))' } }, /gives no bucket le="\+Inf"/],
    ])("that are none are said to be so: %j", async (signal, why) => {
      const since = isoTime(systemClock.now() - 60_000);
      expect(await ask(server.url, signal)(suspectOf({ since }))).toMatchObject({ says: "no-data", summary: expect.stringMatching(why) as string });
    });
  });

  it("says nothing without a baseline that the query names", async () => {
    expect(await ask(server.url, { prometheus: 'up{v="{{baseline}}"}', above: 0 })(suspectOf({ baseline: undefined }))).toMatchObject({ says: "no-data", summary: expect.stringContaining("there is no version to compare with") as string });
  });

  it("says nothing while it stands still or is gone, and goes on when it is back", async () => {
    const good = ask(server.url, { prometheus: "vector(1)", below: 0 }, { timeout: "300ms" });
    server.pause();
    expect(await good()).toMatchObject({ says: "no-data", summary: expect.stringContaining("it doesn't answer within 300 ms") as string });
    server.resume();
    const patient = ask(server.url, { prometheus: "vector(1)", below: 0 });
    expect(await patient()).toMatchObject({ says: "good" });
    await server.kill();
    expect(await good()).toMatchObject({ says: "no-data", summary: expect.stringContaining("it can't be reached (ECONNREFUSED)") as string });
    await server.start();
    expect(await patient()).toMatchObject({ says: "good" });
  });
});

describe("at what is no Prometheus", () => {
  async function answering(listener: RequestListener): Promise<string> {
    return listening(createServer(listener));
  }

  async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const SIGNAL = { prometheus: "vector(1)", above: 2 };

  it.each<[string, RequestListener, RegExp]>([
    ["503", (_, response) => void response.writeHead(503).end("no"), /it answers 503/],
    ["a redirect, which isn't followed", (_, response) => void response.writeHead(302, { Location: "http://127.0.0.1:9/" }).end(), /sends elsewhere \(http:\/\/127\.0\.0\.1:9\/\)/],
    ["half a body", (_, response) => void response.writeHead(200, { "Content-Length": "100" }).write("{", () => response.destroy()), /it broke off its answer/],
    ["a huge body", (_, response) => void response.end(Buffer.alloc(3 * 1024 * 1024, " ")), /longer than 1048576 bytes/],
    ["a body without an end", (_, response) => void response.write("{"), /doesn't answer within 300 ms/],
    ["another time", (_, response) => void response.writeHead(200, { Date: new Date(0).toUTCString() }).end(), /clocks? and this host's are \d+ s apart/],
  ])("says nothing from %s, and why", async (_, listener, why) => {
    const url = await answering(listener);
    expect(await ask(url, SIGNAL, { timeout: "300ms" })()).toMatchObject({ says: "no-data", summary: expect.stringMatching(why) as string });
  });

  it("says nothing from words that are no HTTP", async () => {
    const url = await listening(createTcpServer((socket) => void socket.resume().end("SSH-2.0-OpenSSH_9.2\r\n")));
    expect(await ask(url, SIGNAL)()).toMatchObject({ says: "no-data" });
  });

  it("tries once more over a new connection where the one that had rested was closed", async () => {
    let asked = 0;
    const url = await answering((request, response) => {
      asked += 1;
      if (asked === 2) request.socket.resetAndDestroy();
      else response.end('{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}');
    });
    const read = ask(url, SIGNAL);
    expect(await read()).toMatchObject({ says: "good" });
    expect(await read()).toMatchObject({ says: "good" });
    expect(asked).toBe(3);
  });

  it("sends what its files hold, as it stands there now", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollpin-prometheus-"));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const [token, basic] = [join(folder, "token"), join(folder, "basic")];
    await Promise.all([writeFile(token, "first\n"), writeFile(basic, "rollpin:secret:word\n")]);
    const given: (string | undefined)[] = [];
    const url = await answering((request, response) => {
      given.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    const read = ask(url, SIGNAL, { tokenFile: token });
    expect(await read()).toMatchObject({ says: "no-data", summary: expect.stringContaining("it lets nobody in (401): check tokenFile") as string });
    await writeFile(token, "second\n");
    await read();
    await ask(url, SIGNAL, { basicAuthFile: basic })();
    await rm(token);
    expect(await read()).toMatchObject({ says: "no-data", summary: expect.stringContaining(`${token} can't be read (ENOENT)`) as string });
    expect(given).toEqual(["Bearer first", "Bearer second", `Basic ${Buffer.from("rollpin:secret:word").toString("base64")}`]);
  });
});
