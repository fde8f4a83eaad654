/** Rows as the list of a pane shows them: short, whatever the row holds. */
import { parseRow } from "../../sessions/logs/filter.js";
import type { ViewRow } from "../../sessions/logs/logView.js";
import type { PaneRow } from "../webviews/logPane/protocol.js";

/** Longest text of one cell. */
const cellLength = 1000;

/** @param index where the row stands, if not where the view says */
export function summarize(row: ViewRow, index: number = row.index): PaneRow {
  const value = row.cut ? undefined : parseRow(row.text);
  const base = {
    index,
    ref: row.ref,
    kind: row.kind,
    ...(row.context ? { context: true } : {}),
    ...(row.after ? { after: row.after } : {}),
  };
  if (!value)
    return {
      shape: "malformed",
      ...base,
      start: null,
      text: short(row.text),
      number: Math.max(0, row.numberInFile),
      bytes: row.bytes,
      long: row.cut === true,
    };
  const at = typeof value.ts === "string" ? Date.parse(value.ts) : Number.NaN;
  const start = Number.isNaN(at) ? null : at;
  switch (row.kind) {
    case "logs":
      return {
        shape: "log",
        ...base,
        start,
        level: short(value.level),
        event: short(value.event),
        message: short(value.message),
        data: value.data === undefined ? "" : short(value.data),
      };
    case "network":
      return {
        shape: "request",
        ...base,
        start,
        method: short(value.method),
        url: short(value.url),
        status: typeof value.status === "number" ? value.status : null,
        type: short(value.resourceType),
        size: number(value.size),
        duration: number(value.duration),
        cached: value.fromCache === true,
        failure: short(value.failure),
      };
    case "actions":
      return {
        shape: "action",
        ...base,
        start,
        source: short(value.source),
        action: short(value.action),
        where: short(value.bestSemanticSelector ?? value.selector ?? value.url ?? value.coordinates),
        value: short(value.value),
        duration: number(value.duration),
        success: value.success !== false,
        error: short(value.error),
        pictured: value.picture !== undefined,
      };
  }
}

/** The time that an action took, in which requests may be its doing; undefined for anything else. */
export function spanOf(row: ViewRow): { from: number; to: number } | undefined {
  const value = row.kind === "actions" ? parseRow(row.text) : undefined;
  const from = typeof value?.ts === "string" ? Date.parse(value.ts) : Number.NaN;
  return Number.isNaN(from) ? undefined : { from, to: from + number(value?.duration) };
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  return text.length > cellLength ? `${text.slice(0, cellLength)}…` : text;
}

function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}
