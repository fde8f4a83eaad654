/** The fields that a filter can ask for: their names, what they hold, and how a person is told of them. */
import { distance } from "fastest-levenshtein";
import { logLevels } from "./rows.js";

/** What a field holds, which decides what it can be compared with. */
export type FieldKind = "text" | "number" | "bytes" | "duration" | "boolean" | "level" | "time" | "any";
/** The fields of the rows of all logs. */
export const fields: Record<string, FieldKind> = {
  ts: "time",
  level: "level",
  event: "text",
  message: "text",
  data: "any",
  id: "text",
  pageId: "text",
  method: "text",
  url: "text",
  resourceType: "text",
  status: "number",
  statusText: "text",
  contentType: "text",
  requestHeaders: "any",
  responseHeaders: "any",
  postData: "text",
  responseBody: "text",
  messages: "any",
  messagesOmitted: "number",
  bodyTruncated: "boolean",
  size: "bytes",
  duration: "duration",
  fromCache: "boolean",
  fromServiceWorker: "boolean",
  failure: "text",
  source: "text",
  action: "text",
  selector: "text",
  bestSemanticSelector: "text",
  nearbyText: "text",
  coordinates: "any",
  value: "text",
  success: "boolean",
  error: "text",
};
const aliases: Record<string, string> = {
  type: "resourceType",
  mime: "contentType",
  "content-type": "contentType",
  page: "pageId",
  body: "responseBody",
  post: "postData",
  cached: "fromCache",
  time: "ts",
};
/** The field that is meant by a name in lower case, or by its other name. */
export const fieldByLowerCase = new Map([
  ...Object.keys(fields).map((name) => [name.toLowerCase(), name] as const),
  ...Object.entries(aliases),
]);

/** What may stand before the colon, for completion and help. */
export const filterFields: readonly string[] = [
  ...Object.keys(fields),
  "domain",
  "larger-than",
  "smaller-than",
  "is",
  "has",
  "log",
];

/** A term with that field, for people. */
export function exampleOf(field: string): string {
  const examples: Record<string, string> = {
    status: "status:>=400",
    method: "method:POST",
    domain: "domain:example.com",
    "larger-than": "larger-than:10k",
    is: "is:error",
    log: "log:network",
    level: "level:>=warn",
    duration: "duration:>1s",
  };
  return examples[field] ?? `${field}:text`;
}

/** What a value of that field looks like, in one line for people. */
export function expectedOf(kind: FieldKind, field: string): string {
  switch (kind) {
    case "number":
      return field === "status" ? "a number, such as 404, >=400, 4xx or 200..299" : "a number, such as 5, >5 or 1..9";
    case "bytes":
      return "a size, such as 500, >10k or 1k..2M";
    case "duration":
      return "a time, such as 250, >1.5s or 100..200";
    case "boolean":
      return "true or false";
    case "level":
      return `one of ${logLevels.join(", ")}, or such as >=warn`;
    case "text":
    case "time":
    case "any":
      return "text, such as login; = before it for the whole value";
  }
}

/** `, perhaps …` for a name that nearly is a field's. */
export function nearest(name: string): string {
  const candidates = filterFields.filter(
    (field) => field.toLowerCase().startsWith(name.slice(0, 3)) || distance(field.toLowerCase(), name) <= 2,
  );
  return candidates.length === 0
    ? ""
    : `, perhaps ${candidates
        .slice(0, 3)
        .map((field) => `"${field}:"`)
        .join(" or ")}`;
}
