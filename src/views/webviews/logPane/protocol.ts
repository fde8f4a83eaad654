/**
 * The messages between a log pane's webview and the extension host, in one place. Each end checks what it
 * receives with the schema of the other's messages. No imports of VS Code, Node or the DOM.
 */
import * as z from "zod/mini";
import { logKinds, paneKinds } from "../../../sessions/logs/rows.js";

const count = z.int().check(z.nonnegative());
const text = z.string();

/** What a pane remembers of itself across reloads. */
export const paneStateSchema = z.object({
  version: z.literal(1),
  /** Folder that holds `.libretto`. */
  root: text,
  session: text,
  pane: z.enum(paneKinds),
  filter: text,
  /** Rows of context around a row that passes. */
  context: count,
  following: z.boolean(),
  /** The row at the top, where the reader has scrolled up. */
  place: z.nullable(count),
  /** The row that is selected, and whether its details are open. */
  selected: z.nullable(count),
  open: z.boolean(),
});
export type PaneState = z.infer<typeof paneStateSchema>;

const breakReason = z.enum(["rotated", "truncated", "replaced", "removed", "appeared"]);
const rowBase = {
  index: count,
  /** Names the row whatever filter there is. */
  ref: z.int(),
  kind: z.enum(logKinds),
  /** When it began, ms since 1970; null where the row does not say. */
  start: z.nullable(z.number()),
  /** It passes no filter, and stands here beside one that does. */
  context: z.optional(z.boolean()),
  /** What happened to the file right before this row. */
  after: z.optional(breakReason),
};

/** A row as a list shows it: short texts, whatever the row holds. */
const rowSchema = z.discriminatedUnion("shape", [
  z.object({ shape: z.literal("log"), ...rowBase, level: text, event: text, message: text, data: text }),
  z.object({
    shape: z.literal("request"),
    ...rowBase,
    method: text,
    url: text,
    status: z.nullable(z.number()),
    type: text,
    size: z.number(),
    duration: z.number(),
    cached: z.boolean(),
    failure: text,
  }),
  z.object({
    shape: z.literal("action"),
    ...rowBase,
    source: text,
    action: text,
    where: text,
    value: text,
    duration: z.number(),
    success: z.boolean(),
    error: text,
    pictured: z.boolean(),
  }),
  /** A line that holds no row, as it stands in the file, or is too long to be looked at for one (`long`). */
  z.object({ shape: z.literal("malformed"), ...rowBase, text, number: count, bytes: count, long: z.boolean() }),
]);
export type PaneRow = z.infer<typeof rowSchema>;

/** A part of what is shown of one row. */
const sectionSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("fields"),
    title: text,
    fields: z.array(z.object({ name: text, value: text, cut: z.boolean() })),
  }),
  z.object({ type: z.literal("text"), title: text, text, cut: z.boolean(), document: text }),
  /** JSON, shown as a tree that opens. */
  z.object({ type: z.literal("tree"), title: text, json: text, document: text }),
  /** A JPEG of a viewport of that size in CSS pixels, and the place in it where something was done. */
  z.object({
    type: z.literal("picture"),
    title: text,
    data: z.instanceof(ArrayBuffer),
    width: z.number(),
    height: z.number(),
    mark: z.optional(z.object({ x: z.number(), y: z.number() })),
    /** Until one points at it. */
    blurred: z.boolean(),
  }),
]);
export type DetailSection = z.infer<typeof sectionSchema>;

/** Texts of the pane in the user's language. `{0}` stands for a number. */
export const stringNames = [
  "filterLabel",
  "filterPlaceholder",
  "filterExpected",
  "findLabel",
  "findPlaceholder",
  "findNext",
  "findPrevious",
  "findNothing",
  "findWrapped",
  "close",
  "contextRows",
  "contextOption",
  "newRows",
  "rowsLabel",
  "indexing",
  "filtering",
  "rowCount",
  "oneRow",
  "rowCountOf",
  "empty",
  "emptyFiltered",
  "loading",
  "masked",
  "maskedTitle",
  "malformed",
  "long",
  "rotated",
  "truncated",
  "replaced",
  "removed",
  "appeared",
  "detailLabel",
  "exportActions",
  "copyRow",
  "copyValue",
  "copyCurl",
  "copyUrl",
  "openDocument",
  "cut",
  "marked",
  "columnTime",
  "columnLog",
  "columnState",
  "columnWhat",
  "columnText",
  "columnType",
  "columnSize",
  "columnDuration",
  "columnWaterfall",
  "columnLevel",
  "columnEvent",
  "columnMessage",
  "columnStatus",
  "columnMethod",
  "columnUrl",
  "columnAction",
  "columnTarget",
  "columnSource",
  "chipErrors",
  "chipFailed",
  "chipXhr",
  "chipAgent",
  "chipUser",
  "chipWarnings",
  "errorNext",
  "errorPrevious",
  "cached",
  "failed",
  "ok",
  "stopped",
  "pictured",
  "blurred",
] as const;
export type PaneStrings = Record<(typeof stringNames)[number], string>;

export const toPaneSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("init"),
    state: paneStateSchema,
    strings: z.record(z.enum(stringNames), text),
    history: z.array(text),
  }),
  /**
   * How many rows there are now. `place` asks the pane to go there; `rows` are those around it or, for a pane that
   * follows, the newest; from `moved` on rows have changed their places; `ending` is what happened to the file behind its last row.
   */
  z.object({
    type: z.literal("view"),
    generation: count,
    count,
    total: count,
    phase: z.enum(["preview", "indexing", "filtering", "live"]),
    done: z.number(),
    place: z.optional(count),
    rows: z.optional(z.array(rowSchema)),
    moved: z.optional(count),
    ending: z.optional(breakReason),
  }),
  /** The answer to `read`, whose range it repeats. Rows of the range that are not in it cannot be read. */
  z.object({ type: z.literal("rows"), generation: count, first: count, end: count, rows: z.array(rowSchema) }),
  z.object({
    type: z.literal("detail"),
    ref: z.int(),
    title: text,
    request: z.boolean(),
    sections: z.array(sectionSchema),
  }),
  /** `wrapped`: the search went on from the other end. */
  z.object({ type: z.literal("found"), request: count, index: z.nullable(count), wrapped: z.boolean() }),
  /** Requests that began in this time are marked; null marks none. */
  z.object({ type: z.literal("mark"), span: z.nullable(z.object({ from: z.number(), to: z.number() })) }),
  /** The log cannot be read any more; the text says why. */
  z.object({ type: z.literal("trouble"), text }),
]);
export type ToPane = z.infer<typeof toPaneSchema>;

const copyWhat = z.enum(["row", "url", "curl"]);
export const fromPaneSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("read"), generation: count, first: count, end: count }),
  /** `keep` names the row that should stay in sight. */
  z.object({ type: z.literal("filter"), text, context: count, keep: z.nullable(z.int()) }),
  /** The filter was used: it goes into the history. */
  z.object({ type: z.literal("remember"), text }),
  z.object({
    type: z.literal("find"),
    request: count,
    text,
    from: z.int(),
    direction: z.union([z.literal(1), z.literal(-1)]),
  }),
  z.object({ type: z.literal("select"), ref: z.nullable(z.int()) }),
  z.object({ type: z.literal("detail"), ref: z.int() }),
  z.object({ type: z.literal("copy"), ref: z.int(), what: copyWhat }),
  /** A part of a row: a body, data, the line itself. */
  z.object({ type: z.literal("copyDocument"), ref: z.int(), document: text }),
  z.object({ type: z.literal("copyText"), text }),
  /** Makes a workflow of the actions from one row to another, those included; of all where they are null. */
  z.object({ type: z.literal("export"), from: z.nullable(z.int()), to: z.nullable(z.int()) }),
  z.object({ type: z.literal("open"), ref: z.int(), document: text }),
  /** The pane's state, for a pane that is made again after a reload. */
  z.object({
    type: z.literal("state"),
    following: z.boolean(),
    place: z.nullable(count),
    selected: z.nullable(count),
    open: z.boolean(),
  }),
]);
export type FromPane = z.infer<typeof fromPaneSchema>;

/** Rows that a pane is sent without asking: what it shows, and some. */
export const rowsUnasked = 80;
/** Most rows that one message asks for or brings. */
export const maxRowsAtOnce = 400;
