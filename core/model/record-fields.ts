/** What the fields of records have in common. */
import * as z from "zod/mini";
import { parseServiceName, parseTrack, parseVersion } from "./names.ts";

export const time = z.iso.datetime();
export const text = z.string().check(z.maxLength(4096));
export const count = z.int().check(z.nonnegative());
export const version = z.string().check(z.refine((value) => parseVersion(value).ok, { error: "is not a version" }));
export const service = z.string().check(z.refine((value) => parseServiceName(value).ok, { error: "is not a service name" }));
export const track = z.string().check(z.refine((value) => parseTrack(value).ok, { error: "is not a track" }));
