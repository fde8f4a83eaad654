/** A browser with the recorder on it, whose rows are read back from the files that it writes. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  logFileNames,
  type ActionRow,
  type LogKind,
  type LogRow,
  type NetworkRow,
  type RowOf,
} from "../../../src/sessions/logs/rows.js";
import { rowSchemas } from "../../../src/sessions/logs/rowSchemas.js";
import { Redactor } from "../../../src/sessions/logs/redact.js";
import { JsonlWriter } from "../../../src/sessions/logs/writer.js";
import type { CdpConnection } from "../../../src/sessions/host/wire/cdp.js";
import { DownloadFiles } from "../../../src/sessions/host/recorder/downloadFiles.js";
import { startRecorder, type Recorder } from "../../../src/sessions/host/recorder/recorder.js";
import type { Targets } from "../../../src/sessions/host/wire/targets.js";
import { startBrowser, type TestBrowser } from "./browser.js";

export interface Recording {
  browser: TestBrowser;
  cdp: CdpConnection;
  targets: Targets;
  recorder: Recorder;
  /** A `.libretto` folder with one session in it. */
  folder: string;
  sessionFolder: string;
  /** Goes to an address in the first page, or that of the id. */
  navigate(url: string, pageId?: string): Promise<void>;
  /** Every row of a file, once all that was taken is in it. */
  rows<Kind extends LogKind>(kind: Kind): Promise<RowOf[Kind][]>;
  /** Resolves with the rows of a file as soon as they meet the condition. */
  until<Kind extends LogKind>(
    kind: Kind,
    condition: (rows: RowOf[Kind][]) => boolean,
    what: string,
  ): Promise<RowOf[Kind][]>;
  /** Ends the recorder as `close` does, and leaves the files. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface RecordingOptions {
  display?: string;
  flags?: string[];
  /** `full`: a browser that could show a window, also where it shows none. */
  browser?: "any" | "full";
  redact?: boolean;
  bodyLimitBytes?: number;
  /** Another recording of this browser and folder, as at hand-over. */
  over?: Recording;
}

export async function record(options: RecordingOptions = {}): Promise<Recording> {
  const browser = options.over?.browser ?? (await startBrowser(options));
  const folder =
    options.over?.folder ??
    join(mkdtempSync(join(process.env["LIBRETTO_TEST_FOLDER"] ?? tmpdir(), "recording-")), ".libretto");
  const sessionFolder = join(folder, "sessions", "test");
  mkdirSync(sessionFolder, { recursive: true });
  const writers = {
    logs: new JsonlWriter(join(sessionFolder, logFileNames.logs)),
    network: new JsonlWriter(join(sessionFolder, logFileNames.network)),
    actions: new JsonlWriter(join(sessionFolder, logFileNames.actions)),
  };
  const { cdp, targets } = await browser.attach();
  const recorder = startRecorder({
    cdp,
    targets,
    ...writers,
    options: {
      redactor: new Redactor(options.redact ?? true),
      bodyLimitBytes: options.bodyLimitBytes ?? 65_536,
      files: new DownloadFiles(join(sessionFolder, "downloads")),
    },
  });
  await targets.start();
  await recorder.ready();
  let stopped = false;

  const recording: Recording = {
    browser,
    cdp,
    targets,
    recorder,
    folder,
    sessionFolder,
    navigate: async (url, pageId) => void (await targets.require(pageId).session.send("Page.navigate", { url })),
    rows: async (kind) => {
      await writers[kind].flush();
      return readRows(join(sessionFolder, logFileNames[kind]), kind);
    },
    until: async (kind, condition, what) => {
      for (const deadline = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
        const rows = await recording.rows(kind);
        if (condition(rows)) return rows;
        if (Date.now() > deadline)
          throw new Error(
            `${what}: not in ${logFileNames[kind]}, which holds\n${rows.map((row) => JSON.stringify(row)).join("\n")}`,
          );
      }
    },
    stop: async () => {
      if (stopped) return;
      stopped = true;
      await recorder.dispose();
      await Promise.all(Object.values(writers).map((writer) => writer.close()));
    },
    close: async () => {
      await recording.stop();
      if (options.over) return;
      await browser.close();
      rmSync(join(folder, ".."), { recursive: true, force: true });
    },
  };
  return recording;
}

/** Rows of a file; every line must be one, of the right shape. */
export function readRows<Kind extends LogKind>(file: string, kind: Kind): RowOf[Kind][] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => rowSchemas[kind].parse(JSON.parse(line)));
}

/** The names of all files below a folder that hold the text. */
export function filesHolding(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => bytesOf(path).includes(text));
}

/** What a browser that runs keeps in its profile may go at any moment. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

export type { ActionRow, LogRow, NetworkRow };
