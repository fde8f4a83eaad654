/** One row in full, in the sections in which a pane shows it, and the bodies that can be opened as documents. */
import * as vscode from "vscode";
import { parseRow } from "../../sessions/logs/filter.js";
import type { ViewRow } from "../../sessions/logs/logView.js";
import type { DetailSection } from "../webviews/logPane/protocol.js";

/** Longest body that is sent to a pane; the whole can be opened as a document. */
const shownLength = 200_000;

/** A body of a row, as a document to open. */
export interface RowDocument { name: string; text: string; language: string }

export function titleOf(row: ViewRow): string {
  const value = parseRow(row.text);
  switch (row.kind) {
    case "network":
      return value ? `${text(value.method)} ${text(value.url)}` : vscode.l10n.t("Line {0}", row.numberInFile);
    case "actions":
      return value ? `${text(value.action)} ${text(value.bestSemanticSelector ?? value.selector)}` : vscode.l10n.t("Line {0}", row.numberInFile);
    case "logs":
      return value ? text(value.event) : vscode.l10n.t("Line {0}", row.numberInFile);
  }
}

export function sectionsOf(row: ViewRow): DetailSection[] {
  const value = row.cut ? undefined : parseRow(row.text);
  if (!value) return [{ type: "text", title: vscode.l10n.t("Line {0} holds no row ({1} bytes)", row.numberInFile, row.bytes), text: row.text.slice(0, shownLength), cut: row.cut === true || row.text.length > shownLength, document: "line" }];
  switch (row.kind) {
    case "network":
      return requestSections(value);
    case "actions":
      return fieldsFirst(vscode.l10n.t("Action"), value, ["data"]);
    case "logs":
      return fieldsFirst(vscode.l10n.t("Entry"), value, ["data"]);
  }
}

/** The named document of a row; undefined where it has none. */
export function documentOf(row: ViewRow, name: string): RowDocument | undefined {
  const value = parseRow(row.text);
  if (name === "line") return { name: `line-${row.numberInFile}.json`, text: value ? JSON.stringify(value, undefined, 2) : row.text, language: value ? "json" : "plaintext" };
  if (!value) return undefined;
  const body = name === "request" ? value.postData : name === "response" ? value.responseBody : name === "data" ? JSON.stringify(value.data, undefined, 2) : undefined;
  if (typeof body !== "string") return undefined;
  const type = name === "request" ? headerOf(value.requestHeaders, "content-type") : name === "response" ? (text(value.contentType) || headerOf(value.responseHeaders, "content-type")) : "application/json";
  const pretty = prettyJson(body);
  const language = pretty !== undefined ? "json" : languageOf(type);
  return { name: `${name}-${text(value.id) || row.numberInFile}${extensions[language] ?? ".txt"}`, text: pretty ?? body, language };
}

function requestSections(row: Record<string, unknown>): DetailSection[] {
  const start = Date.parse(text(row.ts));
  const duration = typeof row.duration === "number" ? row.duration : 0;
  return [
    fields(vscode.l10n.t("General"), { URL: row.url, [vscode.l10n.t("Method")]: row.method, [vscode.l10n.t("Status")]: `${row.status === null ? "" : text(row.status)} ${text(row.statusText)}`.trim(), [vscode.l10n.t("Type")]: row.resourceType, [vscode.l10n.t("Content type")]: row.contentType, [vscode.l10n.t("Failure")]: row.failure, [vscode.l10n.t("From cache")]: row.fromCache, [vscode.l10n.t("Page")]: row.pageId, ID: row.id }),
    fields(vscode.l10n.t("Timing"), { [vscode.l10n.t("Began")]: row.ts, [vscode.l10n.t("Ended")]: Number.isNaN(start) ? "" : new Date(start + duration).toISOString(), [vscode.l10n.t("Duration")]: `${duration} ms`, [vscode.l10n.t("Size")]: `${text(row.size)} B` }),
    fields(vscode.l10n.t("Query"), queryOf(text(row.url))),
    fields(vscode.l10n.t("Request headers"), row.requestHeaders),
    ...bodySection(vscode.l10n.t("Request body"), row.postData, "request", row.bodyTruncated === true),
    fields(vscode.l10n.t("Response headers"), row.responseHeaders),
    ...bodySection(vscode.l10n.t("Response body"), row.responseBody, "response", row.bodyTruncated === true),
  ].filter((section) => section.type !== "fields" || section.fields.length > 0);
}

function fieldsFirst(title: string, row: Record<string, unknown>, trees: string[]): DetailSection[] {
  const simple = Object.fromEntries(Object.entries(row).filter(([name]) => !trees.includes(name)));
  return [fields(title, simple), ...trees.filter((name) => row[name] !== undefined).map((name): DetailSection => ({ type: "tree", title: name, json: JSON.stringify(row[name]).slice(0, shownLength * 5), document: "data" }))];
}

function fields(title: string, values: unknown): DetailSection {
  const entries = typeof values === "object" && values !== null ? Object.entries(values) : [];
  return { type: "fields", title, fields: entries.map(([name, value]) => ({ name, value: text(value) })).filter(({ value }) => value !== "").map(({ name, value }) => ({ name, value: value.length > shownLength ? `${value.slice(0, shownLength)}…` : value })) };
}

function bodySection(title: string, body: unknown, document: string, cutBefore: boolean): DetailSection[] {
  if (typeof body !== "string" || body === "") return [];
  const json = body.length <= shownLength ? prettyJson(body) : undefined;
  if (json !== undefined) return [{ type: "tree", title, json: body, document }];
  return [{ type: "text", title, text: body.slice(0, shownLength), cut: cutBefore || body.length > shownLength, document }];
}

function queryOf(url: string): Record<string, string> {
  try {
    const values: Record<string, string> = {};
    for (const [name, value] of new URL(url).searchParams) values[name] = name in values ? `${values[name]}, ${value}` : value;
    return values;
  } catch {
    return {};
  }
}

function prettyJson(body: string): string | undefined {
  if (!/^\s*[[{]/.test(body)) return undefined;
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return undefined;
  }
}

function headerOf(headers: unknown, name: string): string {
  const entry = typeof headers === "object" && headers !== null ? Object.entries(headers).find(([key]) => key.toLowerCase() === name) : undefined;
  return text(entry?.[1]);
}

const extensions: Record<string, string> = { json: ".json", html: ".html", css: ".css", javascript: ".js", xml: ".xml", plaintext: ".txt" };

function languageOf(type: string): string {
  return (["html", "css", "javascript", "xml", "json"] as const).find((language) => type.includes(language)) ?? "plaintext";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
}
