/** What the host accepts of a live view (`ipc/liveProtocol.ts`). */
import * as z from "zod/mini";
import { inputEventsSchema } from "../../ipc/inputEvents.js";

const view = z.string().check(z.minLength(1), z.maxLength(64));
const page = z.string().check(z.minLength(1), z.maxLength(64));
const pixels = z.int().check(z.nonnegative(), z.maximum(16_384));
const place = z.number().check(z.gte(-100_000), z.lte(100_000));

export const liveSchemas = {
  "live-view": z.strictObject({
    view,
    page: z.optional(page),
    width: pixels,
    height: pixels,
    everyMs: z.optional(z.int().check(z.gte(0), z.lte(60_000))),
  }),
  "live-view-set": z.strictObject({
    view,
    shown: z.optional(z.int().check(z.nonnegative())),
    width: z.optional(pixels),
    height: z.optional(pixels),
    page: z.optional(z.nullable(page)),
  }),
  input: z.strictObject({ page, events: inputEventsSchema }),
  pick: z.strictObject({ page: z.optional(page), x: place, y: place }),
};
