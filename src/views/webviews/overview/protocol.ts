/**
 * The messages between the overview's webview and the extension host, in one place. Each end checks what it receives
 * with the schema of the other's messages. No imports of VS Code, Node or the DOM.
 */
import * as z from "zod/mini";

const text = z.string();
const count = z.int().check(z.nonnegative());
const pixels = z.int().check(z.nonnegative(), z.maximum(4_096));

/** One live session. */
const tileSchema = z.object({
  /** Names the session in this window. */
  id: text,
  name: text,
  mode: z.enum(["read-only", "write-access"]),
  /** Mode and status in words. */
  words: text,
  title: text,
  address: text,
  /** Who drives it now; empty where nobody does. */
  drives: text,
  /** Why there is no picture; empty where there is one. */
  away: text,
  blurred: z.boolean(),
});
export type Tile = z.infer<typeof tileSchema>;

/** Texts of the overview in the user's language. `{0}` stands for a value. */
const stringNames = ["heading", "filter", "none", "noMatch", "readOnly", "writeAccess", "blurred"] as const;
export type OverviewStrings = Record<(typeof stringNames)[number], string>;

export const toOverviewSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("init"), strings: z.record(z.enum(stringNames), text) }),
  /** All live sessions, in their order. */
  z.object({ type: z.literal("tiles"), tiles: z.array(tileSchema) }),
  z.object({ type: z.literal("frame"), id: text, number: count, data: z.instanceof(ArrayBuffer) }),
]);
export type ToOverview = z.infer<typeof toOverviewSchema>;

export const fromOverviewSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  /** The sessions whose pictures are in sight, and how large these are, in pixels of the screen. */
  z.object({ type: z.literal("seen"), ids: z.array(text).check(z.maxLength(1_000)), width: pixels, height: pixels }),
  z.object({ type: z.literal("shown"), id: text, number: count }),
  z.object({ type: z.literal("open"), id: text }),
]);
export type FromOverview = z.infer<typeof fromOverviewSchema>;
