/**
 * Starts a real VS Code, either build behind one interface: a window that Playwright can click in, and a
 * mocha run inside the extension host. Each start has folders of its own for user data and extensions.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Page } from "playwright";
import { launchCodeServer, runInCodeServer } from "./codeServer.js";
import { launchDesktop, runInDesktop } from "./desktop.js";

/** A VS Code that can be started; `ensureVscode.mjs` installs it. */
export type Installation =
  { kind: "desktop"; executable: string } | { kind: "code-server"; node: string; entry: string };

export interface LaunchOptions {
  /** The folder, or the `.code-workspace` file, to open; an empty window if left out. */
  open?: string;
  /** A packaged extension to install. */
  vsix?: string;
  /** Added to the environment of VS Code, and so of the extension host and its terminals; undefined removes a name. */
  env?: Record<string, string | undefined>;
  /** User settings beside the quiet ones that every test window has. */
  settings?: Record<string, unknown>;
  /** Whether every folder is trusted without being asked; true if left out. */
  trusted?: boolean;
  /** Size of the window in CSS pixels. */
  viewport?: { width: number; height: number };
}

/** A window of VS Code. */
export interface VscodeWindow {
  readonly kind: Installation["kind"];
  readonly page: Page;
  /** Where settings of the scope `machine` are kept; a window reads it when it is loaded. */
  readonly machineSettingsFile: string;
  /** Where installed extensions lie, unpacked. */
  readonly extensionsFolder: string;
  /** The process that everything else of this VS Code descends from. */
  readonly pid: number;
  /** Loads the window again, as `Developer: Reload Window` does. */
  reload(): Promise<void>;
  /** Closes the window as a person does: the tab of a browser, or the window of the desktop. */
  closeWindow(): Promise<void>;
  /** Ends VS Code and removes its folders. */
  close(): Promise<void>;
}

export interface HostSuiteOptions extends LaunchOptions {
  /** Folder of the extension under development. */
  extension: string;
  /** Absolute path of a CommonJS module that exports `run()`. */
  suite: string;
}

/** What a launcher needs beside the options: folders that are ready. */
export interface Prepared extends LaunchOptions {
  folder: string;
  userData: string;
  extensions: string;
  /** The user's settings. */
  settingsFile: string;
  /** Those of the machine where the extension host runs: where that is another one, a user's settings of the scope `machine` do not count. */
  remoteSettingsFile: string;
}

/** Opens a window. */
export async function launchVscode(options: LaunchOptions = {}): Promise<VscodeWindow> {
  const installation = installed();
  const prepared = await prepare(options);
  return installation.kind === "desktop"
    ? launchDesktop(installation, prepared)
    : launchCodeServer(installation, prepared);
}

/** The folder of the command that the extension gives terminals; it is there a moment after the extension is active. */
export function commandFolder({ machineSettingsFile }: VscodeWindow): string {
  const data = path.dirname(path.dirname(machineSettingsFile));
  return path.join(data, "User", "globalStorage", "libretto.libretto", "bin");
}

/** Runs a mocha suite inside an extension host; its console goes to ours. Resolves to the exit status. */
export async function runHostSuite(options: HostSuiteOptions): Promise<number> {
  const installation = installed();
  const prepared = { ...(await prepare(options)), extension: options.extension, suite: options.suite };
  try {
    return await (installation.kind === "desktop"
      ? runInDesktop(installation, prepared)
      : runInCodeServer(installation, prepared));
  } finally {
    await rm(prepared.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What `scripts/test.mjs` made sure of before the suite began. */
function installed(): Installation {
  const text = process.env.LIBRETTO_TEST_VSCODE;
  if (text === undefined) throw new Error("LIBRETTO_TEST_VSCODE is not set: run the suite through scripts/test.mjs.");
  return JSON.parse(text) as Installation;
}

/** Settings that keep tests quiet: no welcome page, no tips, no AI panes, no asking, no animation. */
const quietSettings = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "extensions.ignoreRecommendations": true,
  "extensions.autoUpdate": false,
  "git.enabled": false,
  "git.openRepositoryInParentFolders": "never",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  // It tells of every port that is opened on the machine, those of other tests too.
  "remote.autoForwardPorts": false,
  "security.workspace.trust.untrustedFiles": "open",
  "security.workspace.trust.startupPrompt": "never",
  "window.restoreWindows": "none",
  "terminal.integrated.shellIntegration.showWelcome": false,
  "terminal.integrated.gpuAcceleration": "off",
};

async function prepare(options: LaunchOptions): Promise<Prepared> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "libretto-vscode-"));
  const userData = path.join(folder, "data");
  const extensions = path.join(folder, "extensions");
  const [settingsFile, remoteSettingsFile] = [
    path.join(userData, "User", "settings.json"),
    path.join(userData, "Machine", "settings.json"),
  ];
  for (const file of [settingsFile, remoteSettingsFile]) await mkdir(path.dirname(file), { recursive: true });
  await mkdir(extensions, { recursive: true });
  await writeFile(settingsFile, JSON.stringify({ ...quietSettings, ...options.settings }, undefined, 2));
  await writeFile(remoteSettingsFile, JSON.stringify(options.settings ?? {}, undefined, 2));
  return { ...options, folder, userData, extensions, settingsFile, remoteSettingsFile };
}

/** The environment for VS Code: ours with the changes, and nothing that the outer VS Code or npm left in it. */
export function environment(changes: Record<string, string | undefined> = {}): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...process.env, ...changes })) {
    const inherited = /^(VSCODE_|ELECTRON_|npm_|NODE_OPTIONS$|MOCHA_)/.test(name) && !(name in changes);
    if (value !== undefined && !inherited) result[name] = value;
  }
  return result;
}
