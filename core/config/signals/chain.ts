import * as z from "zod/mini";

/** Where failures start, by the call records that services publish to a bus. What counts as a difference is said by the policy's `judge`. */
export const chainSignalSchema = z.strictObject({ chain: z.strictObject({}) });
