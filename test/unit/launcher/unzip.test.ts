import { describe, expect, it } from "vitest";
import { unzipOne } from "../../../cli/launcher/unzip.ts";
import { makeZip } from "./make-zip.ts";

const content = Buffer.from("#!/bin/sh\necho hello\n".repeat(1_000));
const LIMIT = 1 << 20;
/** LICENSE.txt and consul, by Python's zipfile. */
const WRITTEN_BY_PYTHON =
  "UEsDBBQAAAAIAAAAIVpRzrIKCAAAAPQBAAALAAAATElDRU5TRS50eHSrqBgFIw0AAFBLAwQUAAAACAAAACFaPVW6FhwAAACkAQAABgAAAGNvbnN1bFNW1E/KzNMvzuBKTc7IV8hIzcnJ51IeFRxMggBQSwECFAMUAAAACAAAACFaUc6yCggAAAD0AQAACwAAAAAAAAAAAAAA7QEAAAAATElDRU5TRS50eHRQSwECFAMUAAAACAAAACFaPVW6FhwAAACkAQAABgAAAAAAAAAAAAAA7QExAAAAY29uc3VsUEsFBgAAAAACAAIAbQAAAHEAAAAAAA==";

describe("unzipOne", () => {
  it.each([{}, { stored: true }, { extraLocalBytes: 28 }])("gives back what was zipped, %o", (options) => {
    expect(unzipOne(makeZip("consul", content, options), "consul", LIMIT)).toEqual({ ok: true, value: content });
  });

  it("reads a zip with a comment that holds the end's own signature", () => {
    const zip = makeZip("consul", content);
    const comment = Buffer.from("xx PK\u0005\u0006 short");
    zip.writeUInt16LE(comment.length, zip.length - 2);
    expect(unzipOne(Buffer.concat([zip, comment]), "consul", LIMIT)).toEqual({ ok: true, value: content });
  });

  it("reads what another archiver wrote, among other files", () => {
    const expected = Buffer.from("#!/bin/sh\necho hello\n".repeat(20));
    expect(unzipOne(Buffer.from(WRITTEN_BY_PYTHON, "base64"), "consul", LIMIT)).toEqual({ ok: true, value: expected });
  });

  it("never throws and never gives other content, wherever the zip is cut off", () => {
    const zip = makeZip("consul", content);
    for (let length = 0; length < zip.length; length += 1) {
      expect(unzipOne(zip.subarray(0, length), "consul", LIMIT).ok).toBe(false);
    }
  });

  it("never throws and never gives other content, whichever byte is changed", () => {
    const zip = makeZip("consul", content);
    for (let at = 0; at < zip.length; at += 1) {
      const changed = Buffer.from(zip);
      changed.writeUInt8(changed.readUInt8(at) ^ 0xff, at);
      const result = unzipOne(changed, "consul", LIMIT);
      if (result.ok) expect(result.value.equals(content), `byte ${at}`).toBe(true);
    }
  });

  it("refuses more than the limit, and a name that isn't there", () => {
    expect(unzipOne(makeZip("consul", content), "consul", 100)).toMatchObject({ ok: false, fault: expect.stringContaining("more than the 100") as string });
    expect(unzipOne(makeZip("other", content), "consul", LIMIT)).toMatchObject({ ok: false, fault: expect.stringContaining('only ["other"]') as string });
  });

  it("refuses a deflated stream that grows past the size it states", () => {
    const zip = makeZip("consul", content);
    const directory = zip.readUInt32LE(zip.length - 6);
    zip.writeUInt32LE(10, directory + 24);
    expect(unzipOne(zip, "consul", LIMIT).ok).toBe(false);
  });
});
