import { describe, expect, test } from "vitest";
import type { MeshEntry } from "../../../core/model/mesh-entries.ts";
import type { Fixture } from "../store-contract.ts";
import { must } from "../must.ts";

const resolver = (fields: MeshEntry["fields"], modifyIndex: number): MeshEntry => ({ kind: "service-resolver", meta: { "rollpin-prefix": "x" }, fields, modifyIndex });
const SUBSETS = { v1: { Filter: 'Service.Meta.version == "1"', OnlyPassing: true } };

export function describeMesh({ fresh }: Fixture): void {
  describe("mesh", () => {
    test("an entry is made once, read back, and replaced only where it is as it was seen", async () => {
      const { mesh, prefix } = fresh();
      expect(must(await mesh.read("service-resolver", prefix))).toBeUndefined();
      must(await mesh.write(prefix, resolver({ DefaultSubset: "v1", Subsets: SUBSETS }, 0)));
      expect(await mesh.write(prefix, resolver({}, 0))).toMatchObject({ ok: false, fault: { kind: "conflict" } });
      const first = must(await mesh.read("service-resolver", prefix));
      expect(first).toMatchObject({ kind: "service-resolver", meta: { "rollpin-prefix": "x" }, fields: { DefaultSubset: "v1", Subsets: SUBSETS } });
      must(await mesh.write(prefix, resolver({ Subsets: SUBSETS }, first?.modifyIndex ?? 0)));
      expect(await mesh.write(prefix, resolver({}, first?.modifyIndex ?? 0))).toMatchObject({ ok: false, fault: { kind: "conflict" } });
      const second = must(await mesh.read("service-resolver", prefix));
      expect(second?.fields["DefaultSubset"] ?? "").toBe("");
      expect(second?.modifyIndex).not.toBe(first?.modifyIndex);
    });

    test("a service speaks tcp unless Consul is told otherwise", async () => {
      const { mesh, prefix } = fresh();
      expect(must(await mesh.protocol(prefix))).toBe("tcp");
    });
  });
}
