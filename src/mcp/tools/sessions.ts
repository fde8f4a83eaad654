/** `sessions`: what sessions there are, and what pages one has. */
import { list } from "../../sessions/operations/list.js";
import { pages } from "../../sessions/operations/pages.js";
import { unknownSession } from "../../sessions/operations/context.js";
import { isLive, shownStatus, type SessionRecord } from "../../sessions/store/records.js";
import { formatDuration } from "../../sessions/model/duration.js";
import { answerText } from "../answers.js";
import type { Tool } from "../call.js";
import type { Connection } from "../connection.js";
import { Fence, originOf } from "../fence.js";

/** A session as the structured answer has it: nothing of a page's outside of marks. */
export interface SessionView {
  session: string;
  status: string;
  mode?: string;
  /** No other program can reach its browser. */
  sealed?: true;
  /** Read-only for good. */
  locked?: true;
  kind?: string;
  origin?: string;
  url?: string;
  opened_here?: true;
  write_access_until?: string;
  write_access_requested?: true;
}

/** @param fence where it is left out, no address is told but its checked origin */
export function viewOf(record: SessionRecord, connection: Connection, fence?: Fence): SessionView {
  const { name, state } = record;
  const origin = originOf(state?.url);
  return {
    session: name,
    status: shownStatus(record),
    ...(state ? { mode: state.mode, kind: state.kind } : {}),
    ...(state?.sealed ? { sealed: true } : {}),
    ...(state?.locked ? { locked: true } : {}),
    ...(origin === undefined ? {} : { origin }),
    ...(state && fence ? { url: fence.inline(state.url, state.url) } : {}),
    ...(connection.isOurs(name) ? { opened_here: true } : {}),
    ...(state?.grantedUntil === undefined ? {} : { write_access_until: state.grantedUntil }),
    ...(state?.accessRequest === undefined ? {} : { write_access_requested: true }),
  };
}

/** A session as one line of ours. */
export function lineOf(view: SessionView): string {
  const until = view.write_access_until;
  return [
    view.session,
    `${view.mode ?? "no mode"}${view.locked ? ", locked for good" : ""}${until === undefined ? "" : ` for ${formatDuration(Date.parse(until) - Date.now())} more`}`,
    ...(view.sealed ? ["sealed"] : []),
    view.status,
    view.origin ?? "no web origin",
    ...(view.opened_here ? ["opened here"] : []),
    ...(view.write_access_requested ? ["write access is asked for"] : []),
  ].join(" | ");
}

export const run: Tool<"sessions"> = async ({ input, connection, signal }) => {
  const { context } = connection;
  const fence = new Fence();
  const records = list(context, { all: input.session !== undefined });
  const chosen = input.session === undefined ? records : records.filter(({ name }) => name === input.session);
  if (input.session !== undefined && chosen.length === 0) throw unknownSession(context, input.session);
  const views = chosen.map((record) => viewOf(record, connection, fence));
  const [record] = chosen;
  const opened =
    input.session !== undefined && record && isLive(record)
      ? await pages(context, { session: record.name }, signal)
      : undefined;
  const lines = views.map(lineOf);
  const head = lines.length === 0 ? "No sessions. Open one with the tool open." : lines.join("\n");
  const text =
    opened === undefined
      ? answerText({ head })
      : answerText({
          head: `${head}\nIts pages, each with its id (* the most recently active):`,
          page: opened.pages
            .map(({ id, active, url, title }) => `${active ? "*" : " "} ${id} ${url} ${title}`)
            .join("\n"),
        });
  return {
    content: [{ type: "text", text }],
    structuredContent: {
      sessions: views,
      ...(opened === undefined
        ? {}
        : {
            pages: opened.pages.slice(0, 100).map(({ id, active, url, title, crashed }) => ({
              id,
              active,
              ...(crashed ? { crashed } : {}),
              address: fence.inline(`${url} ${title}`, url),
            })),
          }),
    },
  };
};
