/**
 * The messages between a live view's webview and the extension host, in one place. Each end checks what it receives
 * with the schema of the other's messages. No imports of VS Code, Node or the DOM.
 */
import * as z from "zod/mini";
import { inputEventsSchema } from "../../../sessions/ipc/inputEvents.js";

const text = z.string();
const count = z.int().check(z.nonnegative());
const pixels = z.int().check(z.nonnegative(), z.maximum(16_384));
const place = z.number().check(z.gte(-100_000), z.lte(100_000));
const mode = z.enum(["read-only", "write-access"]);

/** `fit` shows the whole page, `actual` one CSS pixel of the page as one of the editor's, `pixels` as one of the screen's. */
export const pictureSizes = ["fit", "actual", "pixels"] as const;
export type PictureSize = (typeof pictureSizes)[number];

/** What a live view remembers of itself across reloads. */
export const liveViewStateSchema = z.object({
  version: z.literal(1),
  /** Folder that holds `.libretto`. */
  root: text,
  session: text,
  /** Id of the page that it stays with; null follows the session. */
  page: z.nullable(text),
  size: z.enum(pictureSizes),
});
export type LiveViewState = z.infer<typeof liveViewStateSchema>;

const elementSchema = z.object({
  locator: text,
  role: text,
  name: text,
  tag: text,
  box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  hidden: z.optional(z.enum(["closed-shadow-root", "frame"])),
});
export type ShownElement = z.infer<typeof elementSchema>;

/** What is known of the session and its page. */
const sessionSchema = z.object({
  mode,
  /** Nothing gives it write access. */
  locked: z.boolean(),
  /** Somebody asks for write access. */
  asks: z.boolean(),
  page: z.nullable(z.object({ id: text, url: text, title: text })),
  pageCount: count,
  canGoBack: z.boolean(),
  canGoForward: z.boolean(),
  loading: z.boolean(),
  crashed: z.boolean(),
  /** What runs now, such as `exec by cli`; null where nothing does. */
  running: z.nullable(text),
});
export type ShownSession = z.infer<typeof sessionSchema>;

/** Texts of the view in the user's language. `{0}` stands for a value. */
const stringNames = [
  "toolbar",
  "readOnly",
  "writeAccess",
  "back",
  "forward",
  "reload",
  "stop",
  "address",
  "pinned",
  "follows",
  "size",
  "sizeFit",
  "sizeActual",
  "sizePixels",
  "pick",
  "pickHint",
  "snapshot",
  "lock",
  "grant",
  "request",
  "review",
  "pages",
  "pageCount",
  "picture",
  "pictureHint",
  "pictureKeys",
  "keysGoToPage",
  "readOnlyNotice",
  "lockedNotice",
  "dismiss",
  "loading",
  "running",
  "pageGone",
  "followSession",
  "crashed",
  "element",
  "noName",
  "hiddenShadow",
  "hiddenFrame",
  "nothingThere",
  "readElement",
  "copyLocator",
  "dialogAlert",
  "dialogConfirm",
  "dialogPrompt",
  "dialogLeave",
  "dialogOpen",
  "ok",
  "cancel",
  "blurred",
] as const;
export type LiveViewStrings = Record<(typeof stringNames)[number], string>;

export const toViewSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("init"),
    state: liveViewStateSchema,
    strings: z.record(z.enum(stringNames), text),
    /** Whether the picture is blurred until one points at it. */
    blurred: z.boolean(),
  }),
  z.object({ type: z.literal("session"), session: sessionSchema }),
  /** A JPEG. `width` and `height` are the page's viewport in CSS pixels. */
  z.object({
    type: z.literal("frame"),
    number: count,
    data: z.instanceof(ArrayBuffer),
    width: z.number(),
    height: z.number(),
  }),
  z.object({ type: z.literal("mark"), x: z.number(), y: z.number(), label: text }),
  z.object({
    type: z.literal("dialog"),
    dialog: z.nullable(z.object({ type: text, message: text, value: text })),
  }),
  /** There is no picture now: why, and what a button would do about it. */
  z.object({
    type: z.literal("away"),
    text,
    action: z.nullable(z.object({ title: text, does: z.enum(["reconnect", "reopen"]) })),
  }),
  /** The answer to `pick`. */
  z.object({ type: z.literal("picked"), request: count, element: z.nullable(elementSchema) }),
  /** The answer to `take`; `where` says where the locator is now. */
  z.object({ type: z.literal("taken"), element: z.nullable(elementSchema), where: text }),
  z.object({ type: z.literal("pinned"), page: z.nullable(text) }),
  z.object({ type: z.literal("blurred"), blurred: z.boolean() }),
  /** The session was locked before what was sent had come there. */
  z.object({ type: z.literal("refused") }),
  /** Something to be read once, such as what went wrong. */
  z.object({ type: z.literal("notice"), text }),
]);
export type ToView = z.infer<typeof toViewSchema>;

export const fromViewSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  /** The largest picture that is of use, in pixels of the screen. */
  z.object({ type: z.literal("size"), width: pixels, height: pixels }),
  /** That picture stands there: the next one may come. */
  z.object({ type: z.literal("shown"), number: count }),
  z.object({ type: z.literal("input"), page: text, events: inputEventsSchema }),
  z.object({ type: z.literal("pick"), request: count, x: place, y: place }),
  /** Puts the locator of what is there into the editor, or on the clipboard. */
  z.object({ type: z.literal("take"), x: place, y: place }),
  /** What was taken last. */
  z.object({ type: z.literal("read") }),
  z.object({ type: z.literal("copy") }),
  z.object({ type: z.literal("pin"), pinned: z.boolean() }),
  z.object({
    type: z.literal("do"),
    what: z.enum(["lock", "grant", "request", "review", "snapshot", "pages", "reconnect", "reopen"]),
  }),
  z.object({ type: z.literal("resize"), size: z.enum(pictureSizes) }),
]);
export type FromView = z.infer<typeof fromViewSchema>;
