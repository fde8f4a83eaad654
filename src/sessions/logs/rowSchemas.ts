/**
 * Schemas of the rows in `rows.ts`, for readers that must not trust a line and for tests. The annotations
 * below fail the type check where a schema and its type part. Unknown fields are dropped and not refused,
 * so that an older reader opens a newer log.
 */
import * as z from "zod/mini";
import {
  actionSources,
  logLevels,
  type ActionRow,
  type LogKind,
  type LogRow,
  type NetworkRow,
  type RowOf,
} from "./rows.js";

const ts = z.iso.datetime({ precision: 3 });
const milliseconds = z.number().check(z.nonnegative());
const headers = z.record(z.string(), z.string());
const text = z.string();

const logRow = z.object({
  ts,
  level: z.enum(logLevels),
  event: text,
  message: text,
  data: z.exactOptional(z.record(z.string(), z.unknown())),
});

const networkRow = z.object({
  ts,
  id: text,
  pageId: z.nullable(text),
  method: text,
  url: text,
  resourceType: text,
  status: z.nullable(z.int()),
  statusText: text,
  contentType: z.nullable(text),
  requestHeaders: headers,
  responseHeaders: headers,
  postData: z.exactOptional(text),
  responseBody: z.exactOptional(text),
  messages: z.exactOptional(
    z.array(
      z.object({
        ts,
        direction: z.enum(["sent", "received"]),
        text: z.exactOptional(text),
        truncated: z.exactOptional(z.boolean()),
        size: z.number().check(z.nonnegative()),
      }),
    ),
  ),
  messagesOmitted: z.exactOptional(z.int()),
  bodyTruncated: z.exactOptional(z.boolean()),
  size: z.number().check(z.nonnegative()),
  duration: milliseconds,
  fromCache: z.boolean(),
  fromServiceWorker: z.exactOptional(z.boolean()),
  failure: z.exactOptional(text),
});

const actionRow = z.object({
  ts,
  source: z.enum(actionSources),
  pageId: z.nullable(text),
  action: text,
  selector: z.exactOptional(text),
  bestSemanticSelector: z.exactOptional(text),
  nearbyText: z.exactOptional(text),
  coordinates: z.exactOptional(z.object({ x: z.number(), y: z.number() })),
  value: z.exactOptional(text),
  url: z.exactOptional(text),
  duration: milliseconds,
  success: z.boolean(),
  error: z.exactOptional(text),
  picture: z.exactOptional(z.object({ file: text, width: z.number(), height: z.number() })),
});

const logRowSchema: z.ZodMiniType<LogRow> = logRow;
const networkRowSchema: z.ZodMiniType<NetworkRow> = networkRow;
const actionRowSchema: z.ZodMiniType<ActionRow> = actionRow;

/** The schema of each kind of log. */
export const rowSchemas: { [kind in LogKind]: z.ZodMiniType<RowOf[kind]> } = {
  logs: logRowSchema,
  network: networkRowSchema,
  actions: actionRowSchema,
};
