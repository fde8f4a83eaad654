import { LibrettoError } from "../../sessions/util/errors.js";
import { logKinds, type LogKind } from "../../sessions/logs/rows.js";
import { parseSince } from "../../sessions/logs/since.js";
import { logs, type LogEntry } from "../../sessions/operations/logs.js";
import { sessionOption, type Command } from "../command.js";
import { filterOf } from "../logFilter.js";
import { LogPrinter } from "../logPrinter.js";
import { note, printableJson, ReaderGone, writeAll } from "../output.js";
import { flag, positiveInteger, text } from "../optionValues.js";
import type { OptionValues } from "../command.js";

/** Rows that a terminal is given of what is there already, where nothing else is said. */
const linesOnTerminal = 100;

export const command: Command = {
  usage: "[--network] [--actions] [--all] [--follow] [--since <when>] [--filter <expr>] [--lines <n>]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {
    session: {
      ...sessionOption,
      help: "The session, live or ended; the only live one by default.",
    },
    network: { type: "boolean", short: "n", help: "The requests of its pages (network.jsonl)." },
    actions: { type: "boolean", short: "a", help: "What people and code did to its pages (actions.jsonl)." },
    all: { type: "boolean", help: "All three logs, merged by time." },
    follow: {
      type: "boolean",
      short: "f",
      help: "Go on with rows as they are written, until the session ends or Ctrl-C.",
    },
    since: {
      type: "string",
      value: "when",
      help: "Only rows of this time and later: 90s, 5m, 2h, 1d ago, or 2026-11-23T10:00Z.",
    },
    filter: {
      type: "string",
      value: "expr",
      mayBeginWithMinus: true,
      help: "Only rows that pass; the grammar stands above.",
    },
    lines: {
      type: "string",
      value: "n|all",
      help: `Only the newest n rows. On a terminal ${linesOnTerminal} where neither --since nor --filter is given; else all.`,
    },
    full: { type: "boolean", help: "Whole rows, also where they are longer than the terminal is wide." },
  },
  details: `Without --network, --actions or --all: the session's own log (logs.jsonl).

Filter: terms separated by spaces, all of which must hold; - before a term negates it.
  text "two words"           anywhere in the row's values, in any case
  /time(out|d out)/i         a regular expression
  url:login  data.pid:12     a field holds the text; method:POST,PUT any of several; method:=GET all of it
  status:>=400  status:4xx   compared; also duration:>1s, size:<2k, status:200..299, level:>=warn
  domain:example.com         that host and those below it; * stands for anything
  larger-than:10k            also smaller-than:
  is:error  has:postData     is: error, failed, masked, cached, xhr, malformed

With --json each row is a line of its own, as in the file, with the name of its log in front.`,
  examples: [
    "libretto logs --session checkout",
    "libretto logs --network --follow --filter 'status:>=400 -domain:ads.example'",
    "libretto logs --all --since 5m",
    "libretto logs --network --json --filter method:POST | jq .url",
  ],
  async run({ context, values, json, interruption: { signal } }) {
    const terminal = process.stdout.isTTY === true;
    const following = flag(values, "follow");
    const filter = filterOf(values);
    const sinceText = text(values, "since");
    const since = sinceText === undefined ? undefined : parseSince(sinceText);
    const last = lastOf(values, terminal && !json && !filter && since === undefined);
    const kinds = kindsOf(values);
    const run = logs(
      context,
      { session: text(values, "session"), kinds, filter, since, last, follow: following },
      signal,
    );
    const cutting = terminal && !flag(values, "full");
    const printer = new LogPrinter({
      terminal,
      color: hasColor(terminal),
      severalKinds: kinds.length > 1,
      // Asked for each line: a window may change its width while it is followed.
      get columns() {
        // A terminal whose size nobody has set says 0.
        return cutting && process.stdout.columns > 0 ? process.stdout.columns : undefined;
      },
    });
    try {
      let printed = 0;
      for await (const entries of run.entries) {
        const lines = entries
          .map((entry) => (json ? printableJson(jsonLine(entry)) : printer.print(entry)))
          .filter((line) => line !== "");
        printed += lines.length;
        if (lines.length > 0) writeAll(1, `${lines.join("\n")}\n`);
      }
      if (following && !signal.aborted && !json)
        note(
          `note: session "${run.session}" is ${run.live ? "closed now" : "not live"}; there is nothing more to follow.`,
        );
      else if (printed === 0 && !following && !json && !signal.aborted)
        note(
          `note: ${filter || since !== undefined ? "no row passes" : `session "${run.session}" has nothing in ${kinds.join(", ")}`}.`,
        );
    } catch (error) {
      // A reader that goes away, such as `head`, has had enough.
      if (!(error instanceof ReaderGone)) throw error;
    }
    // Ctrl-C is how a follow ends, and no failure; anything else was cut short by it.
    if (signal.aborted && !following)
      throw new LibrettoError(
        "Interrupted",
        "Interrupted before all rows were shown.",
        "Run it again; --lines 100 shows the newest only.",
      );
    return undefined;
  },
};

function kindsOf(values: OptionValues): LogKind[] {
  if (flag(values, "all")) return [...logKinds];
  const kinds = (["network", "actions"] as const).filter((kind) => flag(values, kind));
  return kinds.length > 0 ? kinds : ["logs"];
}

function lastOf(values: OptionValues, few: boolean): number | undefined {
  const lines = text(values, "lines");
  if (lines === "all") return undefined;
  return positiveInteger(values, "lines", "50, or all") ?? (few ? linesOnTerminal : undefined);
}

/** https://no-color.org and its counterpart. */
function hasColor(terminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return true;
  return terminal && TERM !== "dumb";
}

/** The row as it stands in the file, with the name of its log in front. */
function jsonLine(entry: LogEntry): string {
  switch (entry.type) {
    case "row":
      return `{"log":"${entry.kind}",${entry.line.trimStart().slice(1)}`;
    case "malformed":
      return JSON.stringify({
        log: entry.kind,
        malformed: true,
        line: entry.number,
        bytes: entry.bytes,
        text: entry.line,
      });
    case "break":
      return "";
  }
}
