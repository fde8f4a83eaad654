import { open, parseViewport, type OpenResult } from "../../sessions/operations/open.js";
import { modeBadge } from "../../sessions/model/policy.js";
import { usageError } from "../../sessions/util/errors.js";
import {
  gridOption,
  lockedOption,
  newSessionOption,
  noSealedOption,
  queueTimeoutOption,
  readOnlyOption,
  sealedOption,
  timeoutOption,
  writeAccessOption,
  type Command,
  type Output,
} from "../command.js";
import { note, printable } from "../output.js";
import {
  flag,
  milliseconds,
  modeOf,
  positiveInteger,
  positiveNumber,
  sealedOf,
  text,
  timeoutMs,
} from "../optionValues.js";

const waits = ["load", "domcontentloaded", "commit"] as const;

export const command: Command = {
  usage: "[url] [--session <name>] [--read-only | --write-access | --locked] [--headless] [--sealed]",
  positionals: { min: 0, max: 1, names: "one address at most", complete: "file" },
  options: {
    session: newSessionOption,
    "read-only": readOnlyOption,
    "write-access": writeAccessOption,
    locked: lockedOption,
    headless: { type: "boolean", help: "Without a window." },
    headed: { type: "boolean", help: "With a window, whatever the config says." },
    sealed: sealedOption,
    "no-sealed": noSealedOption,
    viewport: { type: "string", value: "WxH", help: "Size of the page in pixels (1280x720)." },
    "wait-until": {
      type: "string",
      value: "event",
      help: "load (default), domcontentloaded or commit.",
      complete: waits,
    },
    timeout: timeoutOption,
    "auth-profile": {
      type: "string",
      value: "name",
      help: "A saved login (`libretto save`); the one for the address's site by default.",
    },
    "no-auth-profile": { type: "boolean", help: "Without a saved login, even if there is one for the site." },
    "executable-path": { type: "string", value: "path", help: "The browser to start.", complete: "file" },
    grid: gridOption,
    "queue-timeout": queueTimeoutOption,
    "idle-timeout": { type: "string", value: "minutes", help: "Close it after this long without use." },
    "owner-pid": { type: "string", value: "pid", help: "Close it when that process ends." },
  },
  details: [
    "A window is shown unless --headless is given. The session lives on until it is closed.",
    "A browser has a debugging port, which every process of the machine can reach; one that is --sealed has none.",
  ].join("\n"),
  examples: [
    "libretto open https://example.com",
    "libretto open https://example.com --read-only --session diag",
    "libretto open localhost:3000 --headless --viewport 1920x1080",
    "libretto open https://example.com --grid http://hub:4444",
  ],
  async run({ context, positionals, values, interruption: { signal } }) {
    if (flag(values, "headless") && flag(values, "headed"))
      throw usageError("--headless and --headed exclude each other.", "Pass one of them.");
    if (flag(values, "no-auth-profile") && text(values, "auth-profile") !== undefined)
      throw usageError("--auth-profile and --no-auth-profile exclude each other.", "Pass one of them.");
    const viewport = text(values, "viewport");
    const waitUntil = text(values, "wait-until");
    if (waitUntil !== undefined && !(waits as readonly string[]).includes(waitUntil))
      throw usageError(
        `--wait-until takes ${waits.join(", ")}, not ${JSON.stringify(waitUntil)}.`,
        "For example: --wait-until domcontentloaded.",
      );
    const result = await open(
      context,
      {
        session: text(values, "session"),
        url: positionals[0],
        cwd: process.cwd(),
        mode: modeOf(values),
        locked: flag(values, "locked"),
        headless: flag(values, "headless") ? true : flag(values, "headed") ? false : undefined,
        sealed: sealedOf(values),
        viewport: viewport === undefined ? undefined : parseViewport(viewport),
        waitUntil: waitUntil as (typeof waits)[number] | undefined,
        timeoutMs: timeoutMs(values, "30000"),
        executablePath: text(values, "executable-path"),
        authProfile: flag(values, "no-auth-profile") ? false : text(values, "auth-profile"),
        grid: text(values, "grid"),
        queueTimeoutMs: milliseconds(values, "queue-timeout", "60000"),
        onWaiting: (line) => note(printable(line)),
        idleTimeoutMinutes: positiveNumber(values, "idle-timeout", "30"),
        ownerPid: positiveInteger(values, "owner-pid", "4321"),
      },
      signal,
    );
    return opened(result, "opened");
  },
};

/** What `open` and `connect` print: the name first, since it may have been made up. */
export function opened({ state, warnings }: OpenResult, verb: string): Output {
  for (const warning of warnings) note(`warning: ${printable(warning)}`);
  const next =
    state.mode === "read-only"
      ? `libretto readonly-exec --session ${state.session} "return await page.title()"`
      : `libretto exec --session ${state.session} "await page.title()"`;
  return {
    text: [
      `Session "${state.session}" ${verb}: ${modeBadge(state.mode)} ${state.mode}${state.locked ? " permanently" : ""}, ${state.kind === "connected" ? "connected" : state.grid ? `on the Grid at ${printable(state.grid.url)}` : `${state.headless ? "headless" : "visible"}${state.sealed ? ", sealed" : ""}`}, ${printable(state.url)}`,
      `Next: ${next}`,
    ].join("\n"),
    json: { ...state, warnings },
  };
}
