import { modeBadge } from "../../sessions/model/policy.js";
import { formatDuration } from "../../sessions/model/duration.js";
import type { SessionState } from "../../sessions/model/state.js";
import { isLive, shownStatus, type SessionRecord } from "../../sessions/store/records.js";
import { list, listEverywhere } from "../../sessions/operations/list.js";
import type { Command, Output } from "../command.js";
import { printable, table } from "../output.js";
import { flag } from "../optionValues.js";
import type { SessionsContext } from "../../sessions/operations/context.js";

export const command: Command = {
  usage: "[--all] [--everywhere]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {
    all: { type: "boolean", short: "a", help: "Include closed sessions, whose logs are kept." },
    everywhere: { type: "boolean", help: "All your browsers on record, in any workspace." },
  },
  examples: ["libretto list", "libretto list --json", "libretto list --everywhere"],
  run({ context, values }) {
    return flag(values, "everywhere") ? everywhere(context) : here(context, flag(values, "all"));
  },
};

function here(context: SessionsContext, all: boolean): Output {
  const records = list(context, { all });
  const rows = records.map((record) => {
    const { state } = record;
    return [
      record.name,
      state ? modeCell(record, state) : "--",
      `${shownStatus(record)}${record.liveness === "hostless" ? " (no host)" : ""}`,
      state === undefined ? "" : `${state.kind}${state.grid ? ", grid" : state.sealed ? ", sealed" : ""}`,
      printable(record.error ? record.error.message : (state?.url ?? "")) + pauseOf(record),
    ];
  });
  return {
    text:
      rows.length === 0
        ? "No sessions. Open one: libretto open <url>"
        : [table([["SESSION", "MODE", "STATUS", "KIND", "URL"], ...rows]), ...records.flatMap(requestLines)].join("\n"),
    json: {
      root: context.workspace.root,
      sessions: records.map((record) => ({
        session: record.name,
        liveness: record.liveness,
        status: shownStatus(record),
        ...(record.state ? { state: record.state } : {}),
        ...(record.error ? { error: record.error } : {}),
      })),
    },
  };
}

/** The mode, and what else there is to say of it: `RW 14m` for the minutes that are left, `RO locked` for the session's life. */
function modeCell(record: SessionRecord, { mode, locked, grantedUntil }: SessionState): string {
  const badge = modeBadge(mode);
  if (!isLive(record)) return badge;
  if (locked) return `${badge} locked`;
  return grantedUntil === undefined ? badge : `${badge} ${formatDuration(Date.parse(grantedUntil) - Date.now())}`;
}

function requestLines(record: SessionRecord): string[] {
  const asked = record.state?.accessRequest;
  if (!asked || !isLive(record)) return [];
  const length = asked.forMs === undefined ? "" : ` for ${formatDuration(asked.forMs)}`;
  const option = asked.forMs === undefined ? "" : ` --for ${Math.ceil(asked.forMs / 1_000)}s`;
  return [
    `${record.name}: ${printable(asked.client)} asks for write access${length}: ${printable(asked.reason)}`,
    `  grant it: libretto session-mode write-access --session ${record.name}${option}`,
    `  deny it:  libretto session-mode read-only --session ${record.name}`,
  ];
}

/** Where a workflow stands, and why. */
function pauseOf(record: SessionRecord): string {
  return shownStatus(record) === "paused" && record.state?.reason ? ` (${printable(record.state.reason)})` : "";
}

async function everywhere(context: SessionsContext): Promise<Output> {
  const browsers = await listEverywhere(context);
  const rows = browsers.map(({ session, host, browser, browserPid, port, sealed, root, grid }) => [
    session,
    `host ${host}`,
    `browser ${browser}`,
    grid !== undefined ? `grid ${printable(grid)}` : browserPid === null ? "" : `pid ${browserPid}`,
    sealed ? "sealed" : port === null || grid !== undefined ? "" : `port ${port}`,
    printable(root),
  ]);
  return { text: rows.length === 0 ? "None of your browsers is on record." : table(rows), json: { browsers } };
}
