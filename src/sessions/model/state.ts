/**
 * `state.json`: the record of one session (SPEC section F). The schema here is the only definition of its
 * shape. Reading in a hurry goes through `stateShape`, which a test holds against the schema.
 */
import * as z from "zod/mini";
import { accessModes } from "./policy.js";
import { maxTextLength } from "./recordLimits.js";

/** Raised when a field changes its meaning or a required one is added. */
const stateVersion = 1;

const sessionStatuses = ["starting", "active", "paused", "completed", "failed", "exited"] as const;
const sessionKinds = ["launched", "connected", "run"] as const;

const pid = z.int().check(z.positive());
const text = z.string().check(z.maxLength(maxTextLength));
/** See `ProcessIdentity`. */
const birth = z.optional(text);
const position = z.int().check(z.positive());

export const sessionStateSchema = z.object({
  version: z.literal(stateVersion),
  session: text,
  status: z.enum(sessionStatuses),
  mode: z.enum(accessModes),
  kind: z.enum(sessionKinds),
  headless: z.boolean(),
  /** The browser's websocket, once it is known; a sealed one has none. */
  cdpEndpoint: z.nullable(text),
  port: z.nullable(z.int().check(z.minimum(0), z.maximum(65_535))),
  /** The browser has no debugging port: its host alone can reach it, by the pipes in its profile folder. */
  sealed: z.optional(z.boolean()),
  /** Null for a connected browser, which is never ours to end. */
  browserPid: z.nullable(pid),
  /** When the browser process started, ISO 8601; with the pid it tells a process from a later one of the same number. */
  browserStartedAt: z.nullable(text),
  browserBirth: birth,
  hostPid: pid,
  hostStartedAt: text,
  hostBirth: birth,
  socketPath: text,
  /** The browser's profile folder, ours to remove; null for a connected browser. */
  profilePath: z.nullable(text),
  /** When the session was opened, ISO 8601. */
  startedAt: text,
  viewport: z.nullable(z.object({ width: z.int(), height: z.int() })),
  /** What ends the session by itself; kept here, since it outlives the host that heard of it. */
  limits: z.optional(
    z.object({
      idleTimeoutMinutes: z.optional(z.number().check(z.positive())),
      /** The session ends when this process does. */
      owner: z.optional(z.object({ pid, startedAt: text, birth })),
    }),
  ),
  /** Of a session whose browser a Selenium Grid lends; it has no process here. */
  grid: z.optional(
    z.object({
      /** Of the Grid, without credentials. */
      url: text,
      /** What the session is called there: `se:name`. */
      name: text,
      /** The Grid's id of it, once there is one. Whoever knows it can drive the browser. */
      id: z.optional(text),
      /** Where the Grid runs it. */
      node: z.optional(text),
      /** After so long without a message the Grid ends it. */
      sessionTimeoutMs: z.optional(position),
      /** Whether files that it downloads come back. */
      hasDownloads: z.optional(z.boolean()),
    }),
  ),
  /** Address of the most recently active page. */
  url: text,
  /** Read-only for the life of the session: nothing unlocks it. */
  locked: z.optional(z.boolean()),
  /** Until when the session has write access, ISO 8601; absent where that is for good. */
  grantedUntil: z.optional(text),
  /** Somebody asks for write access. It grants nothing; a person does, or denies it. */
  accessRequest: z.optional(
    z.object({
      /** In one line, by the one who asks: not to be trusted. */
      reason: text,
      client: text,
      /** ISO 8601. */
      at: text,
      /** For how long it is asked for, in ms; for good where it is absent. */
      forMs: z.optional(position),
    }),
  ),
  /** Name of the saved login that was loaded into it, or saved from it, last. */
  login: z.optional(text),
  /** Why the session ended or failed, or where it paused, in one line; for people. */
  reason: z.optional(text),
  /** The workflow that runs there, or the last one that did; absent where none has. */
  workflow: z.optional(
    z.object({
      /** Absolute path. */
      file: text,
      /** Whether it runs or is paused. */
      running: z.boolean(),
      /** Where a debugger holds it, such as `checkout.ts:12`; empty while it waits for one to attach. */
      heldAt: z.optional(text),
      /** When it failed, ISO 8601, and where: the path is absolute, line and column count from 1. */
      failure: z.optional(z.object({ at: text, file: text, line: position, column: position })),
    }),
  ),
});

export type SessionState = z.infer<typeof sessionStateSchema>;
export type SessionStatus = SessionState["status"];
export type SessionKind = SessionState["kind"];
export type WorkflowState = NonNullable<SessionState["workflow"]>;
