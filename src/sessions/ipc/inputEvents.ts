/** What a person may do to a page (`InputEvent`), as it is checked wherever it arrives: in the window, and in the host. */
import * as z from "zod/mini";

const place = z.number().check(z.gte(-100_000), z.lte(100_000));
const modifiers = z.int().check(z.gte(0), z.lte(15));
const keyName = z.string().check(z.maxLength(64));
const text = z.string().check(z.maxLength(1024 * 1024));

const inputEventSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("mouse"),
    action: z.enum(["move", "down", "up"]),
    x: place,
    y: place,
    button: z.enum(["none", "left", "middle", "right"]),
    buttons: z.int().check(z.gte(0), z.lte(31)),
    clickCount: z.int().check(z.gte(0), z.lte(20)),
    modifiers,
  }),
  z.strictObject({ type: z.literal("wheel"), x: place, y: place, deltaX: place, deltaY: place, modifiers }),
  z.strictObject({
    type: z.literal("key"),
    action: z.enum(["down", "up"]),
    key: keyName,
    code: keyName,
    keyCode: z.int().check(z.gte(0), z.lte(65_535)),
    text: z.optional(keyName),
    modifiers,
    location: z.int().check(z.gte(0), z.lte(3)),
    repeat: z.optional(z.boolean()),
  }),
  z.strictObject({ type: z.literal("text"), text }),
  z.strictObject({ type: z.literal("compose"), text }),
  z.strictObject({ type: z.literal("dialog"), accept: z.boolean(), text: z.optional(text) }),
  z.strictObject({
    type: z.literal("files"),
    chooser: z.int(),
    files: z.array(z.string().check(z.minLength(1), z.maxLength(4096))).check(z.maxLength(1000)),
  }),
  z.strictObject({ type: z.literal("go"), to: z.enum(["back", "forward", "reload", "stop"]) }),
  z.strictObject({ type: z.literal("open"), url: z.string().check(z.minLength(1), z.maxLength(65_536)) }),
]);

/** Events of one request. */
export const inputEventsSchema = z.array(inputEventSchema).check(z.minLength(1), z.maxLength(500));
