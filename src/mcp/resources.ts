/** What a client can read without calling a tool: sessions, their logs, their snapshots. */
import { statSync } from "node:fs";
import { logKinds, type LogKind } from "../sessions/logs/rows.js";
import { assertSessionName } from "../sessions/model/names.js";
import { unknownSession } from "../sessions/operations/context.js";
import { list } from "../sessions/operations/list.js";
import { readRecord, type SessionRecord } from "../sessions/store/records.js";
import { listSnapshots, readSnapshotTree } from "../sessions/store/snapshots.js";
import { sessionPaths } from "../sessions/store/workspace.js";
import { usageError } from "../sessions/util/errors.js";
import { answerText } from "./answers.js";
import type { Connection } from "./connection.js";
import { Fence } from "./fence.js";
import { readLogs } from "./tools/logs.js";
import { viewOf } from "./tools/sessions.js";

/** The list of sessions. */
export const sessionsUri = "libretto://sessions";
export const sessionUri = (session: string): string => `${sessionsUri}/${session}`;
export const logUri = (session: string, kind: LogKind): string => `${sessionUri(session)}/${kind}`;
const snapshotUri = (session: string, id: string): string => `${sessionUri(session)}/snapshots/${id}`;

/** How many sessions, and snapshots of each, are listed. */
const listed = { sessions: 50, snapshots: 5 };

export interface ListedResource {
  uri: string;
  name: string;
  title: string;
  mimeType: string;
}

export const resourceTemplates = [
  { uriTemplate: `${sessionsUri}/{session}`, name: "session", title: "A session", mimeType: "application/json" },
  {
    uriTemplate: `${sessionsUri}/{session}/{log}`,
    name: "log",
    title: "The newest rows of a log: logs, network or actions",
    mimeType: "text/plain",
  },
  {
    uriTemplate: `${sessionsUri}/{session}/snapshots/{id}`,
    name: "snapshot",
    title: "The tree of a snapshot",
    mimeType: "text/plain",
  },
];

/** What is there now. */
export function listResources({ context }: Connection): ListedResource[] {
  const { workspace } = context;
  const ofSession = ({ name, state }: SessionRecord): ListedResource[] => [
    ...(state ? [{ uri: sessionUri(name), name, title: `Session ${name}`, mimeType: "application/json" }] : []),
    ...logKinds
      .filter((kind) => statSync(sessionPaths(workspace, name)[kind], { throwIfNoEntry: false }) !== undefined)
      .map((kind) => ({
        uri: logUri(name, kind),
        name: `${name}/${kind}`,
        title: `${kind === "logs" ? "Log" : kind === "network" ? "Requests" : "Actions"} of ${name}`,
        mimeType: "text/plain",
      })),
    ...listSnapshots(workspace, name)
      .slice(0, listed.snapshots)
      .map((id) => ({
        uri: snapshotUri(name, id),
        name: `${name}/${id}`,
        title: `Snapshot ${id} of ${name}`,
        mimeType: "text/plain",
      })),
  ];
  return [
    { uri: sessionsUri, name: "sessions", title: "Browser sessions", mimeType: "application/json" },
    ...list(context, { all: true }).slice(0, listed.sessions).flatMap(ofSession),
  ];
}

/** A resource's text; undefined for an address that is none of ours. @throws `LibrettoError` for what is not there */
export async function readResource(
  uri: string,
  connection: Connection,
): Promise<{ text: string; mimeType: string } | undefined> {
  const { context } = connection;
  const found =
    /^libretto:\/\/sessions(?:\/([^/]{1,64})(?:\/(logs|network|actions)|\/snapshots\/([^/]{1,50}))?)?$/.exec(uri);
  if (!found) return undefined;
  const [, session, kind, snapshot] = found;
  const fence = new Fence();
  const json = (value: unknown): { text: string; mimeType: string } => ({
    text: JSON.stringify(value, undefined, 2),
    mimeType: "application/json",
  });
  if (session === undefined)
    return json({ sessions: list(context).map((record) => viewOf(record, connection, fence)) });
  assertSessionName(session);
  const record = readRecord(context.workspace, session);
  if (!record) throw unknownSession(context, session);
  if (kind !== undefined)
    return { text: await readLogs(connection, { session, kind: kind as LogKind, lines: 200 }), mimeType: "text/plain" };
  if (snapshot === undefined) return json(viewOf(record, connection, fence));
  const tree = await readSnapshotTree(context.workspace, session, snapshot);
  const head = `Snapshot ${snapshot} of session "${session}".`;
  const more = "The tool snapshot gives parts: ref, find, depth.";
  return { text: answerText({ head, page: tree, more }), mimeType: "text/plain" };
}

/** The error for an address that is no resource. */
export const noSuchResource = (): Error =>
  usageError("There is no such resource.", "List the resources, or use the tools.");
