import { expect, it } from "vitest";
import { type Slotted, createSlots } from "../../../../agent/proxy/slots.ts";

it("uses places again, and takes out once", () => {
  const slots = createSlots<Slotted & { readonly name: string }>();
  const [one, two, three] = ["one", "two", "three"].map((name) => ({ name, slot: undefined }));
  if (one === undefined || two === undefined || three === undefined) throw new Error("three were made");
  slots.add(one);
  slots.add(two);
  expect([slots.remove(one), slots.remove(one), slots.size()]).toEqual([true, false, 1]);
  slots.add(three);
  expect(three.slot).toBe(0);
  expect(slots.remove(one)).toBe(false);
  expect(slots.items().map(({ name }) => name)).toEqual(["three", "two"]);
});
