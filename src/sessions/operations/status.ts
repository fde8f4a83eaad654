/** `status`: whether everything that is needed is here, and what was found. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { findBrowser, listBrowsers, type Browser } from "../browser/browserFinder.js";
import { readConfig, type Config } from "../store/config.js";
import type { SessionsContext } from "./context.js";
import { LibrettoError, type ErrorData } from "../util/errors.js";
import { isLive, listRecords } from "../store/records.js";
import { socketFolder, userStateFolder } from "../store/workspace.js";
import { whyNotWritable } from "../util/folders.js";
import { hasDisplay } from "./open.js";

export interface Status {
  /** Of Libretto, and of the runtime. */
  version: string;
  runtime: string;
  /** Version of the Playwright that is installed beside this program; null where it is missing. */
  playwright: string | null;
  platform: string;
  workspace: {
    root: string;
    config: "none" | "ok" | "broken";
    problems: (ErrorData | { message: string; hint?: string })[];
  };
  /** Where sessions of every workspace are remembered. */
  userState: string;
  /** Those that were found, best first. */
  browsers: Browser[];
  /** The one that `open --headless` would start; null where it would find none, or what is set is none. */
  chosenBrowser: Browser | null;
  display: boolean;
  /** Folders that a session needs, and why nothing can be written there; null where it can. */
  places: { what: "state" | "sockets" | "temporary files" | "workspace"; path: string; problem: string | null }[];
  sessions: { live: number; sealed: number; onRecord: number };
  /** Whether a session can be opened. */
  ready: boolean;
}

export async function status(context: SessionsContext): Promise<Status> {
  const problems: Status["workspace"]["problems"] = [];
  let config: Status["workspace"]["config"];
  let settings: Config | undefined;
  try {
    const read = await readConfig(context.workspace);
    settings = read.config;
    config = Object.keys(read.config).length > 1 ? "ok" : "none";
    problems.push(...read.warnings.map((message) => ({ message })));
  } catch (error) {
    config = "broken";
    problems.push(LibrettoError.from(error).toJSON());
  }
  let chosenBrowser: Browser | null = null;
  try {
    chosenBrowser = findBrowser(
      {
        headless: true,
        settingsPath: context.settings?.executablePath,
        configPath: settings?.executablePath,
        channel: settings?.channel,
      },
      context.env,
    );
  } catch (error) {
    problems.push(LibrettoError.from(error).toJSON());
  }
  const places = placesOf(context);
  for (const { what, path, problem } of places)
    if (problem !== null)
      problems.push({ message: `The folder for ${what} cannot be written: ${path}: ${problem}`, hint: hints[what] });
  const records = listRecords(context.workspace).filter((record) => record.liveness !== "closed");
  const live = records.filter(isLive);
  return {
    version: LIBRETTO_VERSION,
    runtime: `${"electron" in process.versions ? "Electron's Node" : "Node"} ${process.versions.node}`,
    playwright: playwrightVersion(),
    platform: `${process.platform} ${process.arch}`,
    workspace: { root: context.workspace.root, config, problems },
    userState: userStateFolder(context.env),
    browsers: listBrowsers(context.env),
    chosenBrowser,
    display: hasDisplay(context),
    places,
    sessions: {
      live: live.length,
      sealed: live.filter(({ state }) => state?.sealed === true).length,
      onRecord: records.length,
    },
    ready:
      config !== "broken" &&
      playwrightVersion() !== null &&
      chosenBrowser !== null &&
      // Without temporary files a session opens; what needs one says so.
      places.every(({ what, problem }) => problem === null || what === "temporary files"),
  };
}

const hints = {
  state: "Set HOME, or XDG_STATE_HOME, to a folder that can be written.",
  sockets: "Set XDG_RUNTIME_DIR to a folder of yours that can be written.",
  "temporary files": "Set TMPDIR to a folder that can be written.",
  workspace: "Go to a folder that can be written, or set LIBRETTO_ROOT to one.",
};

/** What `open` would write to. */
function placesOf({ env, workspace }: SessionsContext): Status["places"] {
  const place = (what: Status["places"][number]["what"], find: () => string): Status["places"][number] => {
    try {
      const path = find();
      return { what, path, problem: whyNotWritable(path) ?? null };
    } catch (error) {
      return { what, path: "", problem: LibrettoError.from(error).message };
    }
  };
  return [
    place("state", () => userStateFolder(env)),
    ...(process.platform === "win32" ? [] : [place("sockets", () => socketFolder(env))]),
    place("temporary files", tmpdir),
    place("workspace", () => workspace.folder),
  ];
}

function playwrightVersion(): string | null {
  try {
    return (
      JSON.parse(readFileSync(createRequire(__filename).resolve("playwright-core/package.json"), "utf8")) as {
        version: string;
      }
    ).version;
  } catch {
    return null;
  }
}
