/** `export`: what is on record becomes something to use (S29): a workflow or a test from the actions, HAR and curl from the requests. */
import type { SessionsContext } from "./context.js";
import { LibrettoError } from "../util/errors.js";
import type { Filter } from "../logs/filter.js";
import { toCurl } from "../logs/export/curl.js";
import { toHar } from "../logs/export/har.js";
import { testText, workflowText } from "../logs/export/script.js";
import { stepsOf } from "../logs/export/steps.js";
import { laterMethods, type ActionRow, type LogKind, type LogRow, type NetworkRow } from "../logs/rows.js";
import { rowSchemas } from "../logs/rowSchemas.js";
import { logs } from "./logs.js";

export const exportKinds = ["workflow", "playwright-test", "har", "curl"] as const;
export type ExportKind = (typeof exportKinds)[number];

export interface ExportOptions {
  session?: string | undefined;
  kind: ExportKind;
  /** Only what was done or asked for at this time and later: ISO 8601 UTC, as `parseSince` gives it. */
  since?: string | undefined;
  /** Only rows that pass. */
  filter?: Filter | undefined;
  /** Only these rows, by their text in the file, as a selection in a view holds them. */
  lines?: ReadonlySet<string> | undefined;
}

export interface Exported {
  session: string;
  kind: ExportKind;
  text: string;
  /** Actions or requests that are in it. */
  count: number;
  /** Actions that could not be exported, and are comments in their place. */
  skipped: number;
  /** What the script asks for, by name. */
  inputs: string[];
}

/** @throws `NoSuchSession`, `Failed` where nothing is on record */
export async function exportRecord(
  context: SessionsContext,
  { session, kind, since, filter, lines }: ExportOptions,
  signal?: AbortSignal,
): Promise<Exported> {
  const isScript = kind === "workflow" || kind === "playwright-test";
  const read = async <T>(log: LogKind, parse: (row: unknown) => T | undefined, isMain: boolean): Promise<T[]> => {
    const run = logs(context, { session, kinds: [log], since, ...(isMain ? { filter } : {}) }, signal);
    name = run.session;
    const rows: T[] = [];
    for await (const entries of run.entries)
      for (const entry of entries) {
        if (entry.type !== "row" || (isMain && lines && !lines.has(entry.line))) continue;
        const row = parse(entry.row);
        if (row !== undefined) rows.push(row);
      }
    return rows;
  };
  let name = "";
  if (!isScript) {
    const rows = await read<NetworkRow>("network", (row) => rowSchemas.network.safeParse(row).data, true);
    if (rows.length === 0) throw nothing(name, "request", "network");
    const requests = rows.filter(({ method }) => !laterMethods.includes(method));
    const text =
      kind === "har"
        ? `${JSON.stringify(toHar(rows, LIBRETTO_VERSION), undefined, 2)}\n`
        : requests.map((row) => `${toCurl({ ...row })}\n`).join("\n");
    return { session: name, kind, text, count: requests.length, skipped: 0, inputs: [] };
  }
  const actions = await read<ActionRow>("actions", (row) => rowSchemas.actions.safeParse(row).data, true);
  if (actions.length === 0) throw nothing(name, "action", "actions");
  const events = await read<LogRow>("logs", (row) => rowSchemas.logs.safeParse(row).data, false);
  const isPart = since !== undefined || filter !== undefined || lines !== undefined;
  const opened = isPart ? undefined : events.find(({ event }) => event === "opened")?.data?.["url"];
  const first = actions[0]?.ts ?? "";
  const requests = await read<NetworkRow>("network", (row) => rowSchemas.network.safeParse(row).data, false);
  const script = stepsOf(actions, {
    events: events.filter(({ ts }) => ts >= first),
    requests: requests.filter(({ ts, method }) => ts >= first && !laterMethods.includes(method)),
    startUrl: typeof opened === "string" ? opened : undefined,
  });
  return {
    session: name,
    kind,
    text: kind === "workflow" ? workflowText(name, script) : testText(name, script),
    count: actions.length - script.skipped,
    skipped: script.skipped,
    inputs: script.inputs.all.map((input) => input.name),
  };
}

function nothing(session: string, what: string, option: string): LibrettoError {
  return new LibrettoError(
    "Failed",
    `No ${what} of session "${session}" is on record that could be exported.`,
    `Look at what is there: \`libretto logs --${option} --session ${session}\`.`,
  );
}
