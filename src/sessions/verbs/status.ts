/** `status`: whether everything that is needed is here, and what was found. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { listBrowsers, type Browser } from "../browserFinder.js";
import { readConfig } from "../config.js";
import type { SessionsContext } from "../context.js";
import { LibrettoError, type ErrorData } from "../errors.js";
import { isLive, listRecords } from "../store.js";
import { userStateFolder } from "../workspace.js";
import { hasDisplay } from "./open.js";

export interface Status {
  /** Of Libretto, and of the runtime. */
  version: string;
  runtime: string;
  /** Version of the Playwright that is installed beside this program; null where it is missing. */
  playwright: string | null;
  platform: string;
  workspace: { root: string; config: "none" | "ok" | "broken"; problems: (ErrorData | { message: string })[] };
  /** Where sessions of every workspace are remembered. */
  userState: string;
  browsers: Browser[];
  /** LIBRETTO_CHROMIUM, where it is set. */
  chosenBrowser: string | null;
  display: boolean;
  sessions: { live: number; onRecord: number };
  /** Whether a session can be opened. */
  ready: boolean;
}

export async function status(context: SessionsContext): Promise<Status> {
  const problems: Status["workspace"]["problems"] = [];
  let config: Status["workspace"]["config"];
  try {
    const read = await readConfig(context.workspace);
    config = Object.keys(read.config).length > 1 ? "ok" : "none";
    problems.push(...read.warnings.map((message) => ({ message })));
  } catch (error) {
    config = "broken";
    problems.push(LibrettoError.from(error).toJSON());
  }
  const browsers = listBrowsers(context.env);
  const records = listRecords(context.workspace).filter((record) => record.liveness !== "closed");
  return {
    version: LIBRETTO_VERSION,
    runtime: `${"electron" in process.versions ? "Electron's Node" : "Node"} ${process.versions.node}`,
    playwright: playwrightVersion(),
    platform: `${process.platform} ${process.arch}`,
    workspace: { root: context.workspace.root, config, problems },
    userState: userStateFolder(context.env),
    browsers,
    chosenBrowser: context.env.LIBRETTO_CHROMIUM ?? null,
    display: hasDisplay(context),
    sessions: { live: records.filter(isLive).length, onRecord: records.length },
    ready: config !== "broken" && playwrightVersion() !== null && (browsers.length > 0 || Boolean(context.env.LIBRETTO_CHROMIUM)),
  };
}

function playwrightVersion(): string | null {
  try {
    return (JSON.parse(readFileSync(createRequire(__filename).resolve("playwright-core/package.json"), "utf8")) as { version: string }).version;
  } catch {
    return null;
  }
}
