/** One row in full, in the sections in which a pane shows it, and the bodies that can be opened as documents. */
import * as vscode from "vscode";
import { parseRow } from "../../sessions/logs/filter.js";
import type { WebSocketMessage } from "../../sessions/logs/rows.js";
import type { ViewRow } from "../../sessions/logs/logView.js";
import type { DetailSection } from "../webviews/logPane/protocol.js";
import { isJsonStructure, layOutJson } from "./layOutJson.js";

/** Longest body that is sent to a pane; the whole can be opened as a document. */
const shownLength = 200_000;

/** A body of a row, as a document to open. */
export interface RowDocument {
  name: string;
  text: string;
  language: string;
}

export function titleOf(row: ViewRow): string {
  const value = parseRow(row.text);
  switch (row.kind) {
    case "network":
      return value ? `${text(value.method)} ${text(value.url)}` : vscode.l10n.t("Line {0}", row.numberInFile);
    case "actions":
      return value
        ? `${text(value.action)} ${text(value.bestSemanticSelector ?? value.selector)}`
        : vscode.l10n.t("Line {0}", row.numberInFile);
    case "logs":
      return value ? text(value.event) : vscode.l10n.t("Line {0}", row.numberInFile);
  }
}

export function sectionsOf(row: ViewRow): DetailSection[] {
  const value = row.cut ? undefined : parseRow(row.text);
  const title = row.cut
    ? vscode.l10n.t("Line {0}: too long ({1} bytes)", row.numberInFile, row.bytes)
    : vscode.l10n.t("Line {0}: not a row ({1} bytes)", row.numberInFile, row.bytes);
  if (!value)
    return [
      {
        type: "text",
        title,
        text: row.text.slice(0, shownLength),
        cut: row.cut === true || row.text.length > shownLength,
        document: "line",
      },
    ];
  switch (row.kind) {
    case "network":
      return requestSections(value);
    case "actions":
      return fieldsFirst(vscode.l10n.t("Action"), value);
    case "logs":
      return fieldsFirst(vscode.l10n.t("Entry"), value);
  }
}

/** A document of a row, by the name that its section gives it: as it was recorded. Undefined where the row has none. */
export function valueOf(row: ViewRow, name: string): string | undefined {
  if (name === "line") return row.text;
  const value = parseRow(row.text);
  const body =
    name === "request"
      ? value?.postData
      : name === "response"
        ? value?.responseBody
        : name === "data"
          ? jsonOf(value?.data)
          : undefined;
  return typeof body === "string" ? body : undefined;
}

/** The same to be opened in an editor: JSON is laid out, and the name tells what it is of. */
export function documentOf(row: ViewRow, name: string): RowDocument | undefined {
  const body = valueOf(row, name);
  if (body === undefined) return undefined;
  const value = parseRow(row.text) ?? {};
  const type =
    name === "request"
      ? headerOf(value.requestHeaders, "content-type")
      : name === "response"
        ? text(value.contentType) || headerOf(value.responseHeaders, "content-type")
        : "";
  const pretty = layOutJson(body);
  const language = pretty !== undefined ? "json" : languageOf(type);
  // The id comes from a file: what could mean something in a path is left out.
  const id =
    name === "line"
      ? ""
      : text(value.id)
          .replace(/[^\w.-]+/g, "-")
          .slice(0, 60);
  return { name: `${name}-${id || row.numberInFile}${extensions[language] ?? ".txt"}`, text: pretty ?? body, language };
}

function requestSections(row: Record<string, unknown>): DetailSection[] {
  const duration = typeof row.duration === "number" ? row.duration : 0;
  const end = new Date(Date.parse(text(row.ts)) + duration);
  const truncated = row.bodyTruncated === true;
  return [
    fields(vscode.l10n.t("General"), [
      ["URL", row.url],
      [vscode.l10n.t("Method"), row.method],
      [vscode.l10n.t("Status"), `${text(row.status)} ${text(row.statusText)}`.trim()],
      [vscode.l10n.t("Failure"), row.failure],
      [vscode.l10n.t("Type"), row.resourceType],
      [vscode.l10n.t("Content type"), row.contentType],
      [vscode.l10n.t("From cache"), row.fromCache === true ? true : undefined],
      [vscode.l10n.t("From service worker"), row.fromServiceWorker],
      [
        vscode.l10n.t("Response body"),
        truncated && row.responseBody === undefined ? vscode.l10n.t("not kept") : undefined,
      ],
      [vscode.l10n.t("Page"), row.pageId],
      ["ID", row.id],
    ]),
    fields(vscode.l10n.t("Timing"), [
      [vscode.l10n.t("Began"), row.ts],
      [vscode.l10n.t("Ended"), Number.isNaN(end.getTime()) ? undefined : end.toISOString()],
      [vscode.l10n.t("Duration"), `${duration} ms`],
      [vscode.l10n.t("Size"), `${text(row.size)} B`],
    ]),
    fields(vscode.l10n.t("Query"), queryOf(text(row.url))),
    fields(vscode.l10n.t("Request headers"), entriesOf(row.requestHeaders)),
    ...bodySection(vscode.l10n.t("Request body"), row.postData, "request", false),
    fields(vscode.l10n.t("Response headers"), entriesOf(row.responseHeaders)),
    fields(vscode.l10n.t("Messages"), messagesOf(row.messages)),
    ...bodySection(vscode.l10n.t("Response body"), row.responseBody, "response", truncated),
  ].filter((section) => section.type !== "fields" || section.fields.length > 0);
}

/** What went over a WebSocket, in order. */
function messagesOf(messages: unknown): [string, unknown][] {
  if (!Array.isArray(messages)) return [];
  return (messages as Partial<WebSocketMessage>[]).map(({ ts, direction, text: words, size }) => [
    `${direction === "sent" ? "↑" : "↓"} ${text(ts).slice(11, 23)}`,
    words ?? `${size ?? 0} B`,
  ]);
}

/** The fields of a row as they are called in the file, and its data as a tree. */
function fieldsFirst(title: string, row: Record<string, unknown>): DetailSection[] {
  const { data, ...simple } = row;
  return [fields(title, Object.entries(simple)), ...(data === undefined ? [] : [dataSection("data", data)])];
}

function fields(title: string, entries: [string, unknown][]): DetailSection {
  const shown = entries.map(([name, value]) => ({ name, value: text(value) })).filter(({ value }) => value !== "");
  return {
    type: "fields",
    title,
    fields: shown.map(({ name, value }) => ({
      name,
      value: value.slice(0, shownLength),
      cut: value.length > shownLength,
    })),
  };
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function bodySection(title: string, body: unknown, document: string, cutBefore: boolean): DetailSection[] {
  if (typeof body !== "string" || body === "") return [];
  if (body.length <= shownLength && isJsonStructure(body)) return [{ type: "tree", title, json: body, document }];
  return [
    { type: "text", title, text: body.slice(0, shownLength), cut: cutBefore || body.length > shownLength, document },
  ];
}

/** A tree, or the beginning of the text where there is too much of it, or it is nested too deep, to make one. */
function dataSection(title: string, value: unknown): DetailSection {
  const json = jsonOf(value) ?? "";
  if (json !== "" && json.length <= shownLength * 5) return { type: "tree", title, json, document: "data" };
  return { type: "text", title, text: json.slice(0, shownLength), cut: true, document: "data" };
}

/** The parameters of an address in their order; a name may stand there several times. */
function queryOf(url: string): [string, string][] {
  try {
    return [...new URL(url).searchParams];
  } catch {
    return [];
  }
}

/** Undefined where there is nothing, or where it is nested deeper than can be written. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function headerOf(headers: unknown, name: string): string {
  return text(entriesOf(headers).find(([key]) => key.toLowerCase() === name)?.[1]);
}

const extensions: Record<string, string> = {
  json: ".json",
  html: ".html",
  css: ".css",
  javascript: ".js",
  xml: ".xml",
  plaintext: ".txt",
};

function languageOf(type: string): string {
  return (
    (["html", "css", "javascript", "xml", "json"] as const).find((language) => type.includes(language)) ?? "plaintext"
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : (jsonOf(value) ?? "");
}
