/**
 * A check of `state.json` that costs nothing to load. `sessionStateSchema` is what defines the shape, and
 * writes the message where the two say no; a test holds this against it, field by field.
 */
import { maxTextLength } from "./recordLimits.js";
import type { SessionState } from "./state.js";

const isText = (value: unknown): boolean => typeof value === "string" && value.length <= maxTextLength;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const orNull =
  (test: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || test(value);
const orNone =
  (test: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || test(value);
const objectOf =
  (fields: Record<string, (value: unknown) => boolean>) =>
  (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(fields).every(([field, test]) => test((value as Record<string, unknown>)[field]));
const oneOf =
  (...words: string[]) =>
  (value: unknown): boolean =>
    words.includes(value as string);

const checks: Record<keyof SessionState, (value: unknown) => boolean> = {
  version: (value) => value === 1,
  session: isText,
  status: oneOf("starting", "active", "paused", "completed", "failed", "exited"),
  mode: oneOf("read-only", "write-access"),
  kind: oneOf("launched", "connected", "run"),
  headless: (value) => typeof value === "boolean",
  cdpEndpoint: orNull(isText),
  port: orNull((value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 65_535),
  sealed: orNone((value) => typeof value === "boolean"),
  browserPid: orNull(isCount),
  browserStartedAt: orNull(isText),
  browserBirth: orNone(isText),
  hostPid: isCount,
  hostStartedAt: isText,
  hostBirth: orNone(isText),
  socketPath: isText,
  profilePath: orNull(isText),
  startedAt: isText,
  viewport: orNull(
    (value) =>
      typeof value === "object" &&
      Number.isSafeInteger((value as { width?: unknown }).width) &&
      Number.isSafeInteger((value as { height?: unknown }).height),
  ),
  limits: orNone(
    objectOf({
      idleTimeoutMinutes: orNone((value) => Number.isFinite(value) && (value as number) > 0),
      owner: orNone(objectOf({ pid: isCount, startedAt: isText, birth: orNone(isText) })),
    }),
  ),
  grid: orNone(
    objectOf({
      url: isText,
      name: isText,
      id: orNone(isText),
      node: orNone(isText),
      sessionTimeoutMs: orNone(isCount),
      hasDownloads: orNone((value) => typeof value === "boolean"),
    }),
  ),
  url: isText,
  locked: orNone((value) => typeof value === "boolean"),
  grantedUntil: orNone(isText),
  accessRequest: orNone(objectOf({ reason: isText, client: isText, at: isText, forMs: orNone(isCount) })),
  login: orNone(isText),
  reason: orNone(isText),
  workflow: orNone(
    objectOf({
      file: isText,
      running: (value) => typeof value === "boolean",
      heldAt: orNone(isText),
      failure: orNone(objectOf({ at: isText, file: isText, line: isCount, column: isCount })),
    }),
  ),
};

/** Whether the value is a state of this version. */
export function hasStateShape(value: unknown): value is SessionState {
  if (typeof value !== "object" || value === null) return false;
  for (const field in checks)
    if (!checks[field as keyof SessionState]((value as Record<string, unknown>)[field])) return false;
  return true;
}
