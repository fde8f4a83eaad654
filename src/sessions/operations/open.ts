/** `open`: a new session on a browser of its own. */
import { resolve } from "node:path";
import { toUrl } from "../model/address.js";
import { findBrowser, setBrowser } from "../browser/browserFinder.js";
import { nodeAddressWarning, parseGridUrl } from "../model/gridAddress.js";
import { defaults, readConfig, weakenings, type Config } from "../store/config.js";
import { allowWeakening, type SessionsContext } from "./context.js";
import { LibrettoError, usageError } from "../util/errors.js";
import { startHost } from "../ipc/hostLauncher.js";
import type { HostOptions } from "../ipc/hostOptions.js";
import { assertFree, chooseName } from "./newSession.js";
import type { AccessMode } from "../model/policy.js";
import { isStatePath, profileForUrl, profilesFolder, readProfile } from "../store/profiles.js";
import type { WorkflowParams } from "../ipc/protocol.js";
import { hostSettingsFrom } from "../store/settings.js";
import type { SessionState } from "../model/state.js";

export interface OpenOptions {
  /** Made up where it is left out. */
  session?: string | undefined;
  /** An address as a person types it; an empty page where it is left out. */
  url?: string | undefined;
  mode?: AccessMode | undefined;
  /** Read-only for the life of the session. */
  locked?: boolean | undefined;
  headless?: boolean | undefined;
  /** The browser has no debugging port: only the session's host can reach it. */
  sealed?: boolean | undefined;
  /** Pixels. */
  viewport?: { width: number; height: number } | undefined;
  executablePath?: string | undefined;
  waitUntil?: "load" | "domcontentloaded" | "commit" | undefined;
  /** For the browser's start and for the page, each, in ms. */
  timeoutMs?: number | undefined;
  idleTimeoutMinutes?: number | undefined;
  /** A saved login, or the path of a storage state; that of the address's site, where there is one and none is named. False for none at all. */
  authProfile?: string | false | undefined;
  /** The workflow for which the session is opened (`run`). */
  workflow?: WorkflowParams | undefined;
  /** The session ends when this process does. */
  ownerPid?: number | undefined;
  /** Address of the Selenium Grid that lends the browser; `none` for one of this machine, whatever the config says. */
  grid?: string | undefined;
  /** How long to wait for a free slot of the Grid, in ms. */
  queueTimeoutMs?: number | undefined;
  /** Hears, in lines for people, what is waited for. */
  onWaiting?: ((line: string) => void) | undefined;
  /** Where a relative path of `url` starts. */
  cwd?: string | undefined;
}

export interface OpenResult {
  state: SessionState;
  /** Lines that the user should see. */
  warnings: string[];
}

/**
 * Opens a session and resolves when its page has loaded.
 * @param signal gives up, and nothing is left
 * @throws `SessionExists`, `BrowserNotFound`, `BrowserFailed`, `BrokenConfig`, `Usage`, `TimedOut`, `Interrupted`
 */
export async function open(context: SessionsContext, options: OpenOptions, signal?: AbortSignal): Promise<OpenResult> {
  const url = options.url === undefined ? undefined : toUrl(options.url, options.cwd ?? context.workspace.root);
  if (options.session !== undefined) assertFree(context, options.session);
  const { config, warnings } = await readConfig(context.workspace);
  const grid = gridOf(options, config);
  const paths = {
    executablePath: options.executablePath,
    settingsPath: context.settings?.executablePath,
    configPath: config.executablePath,
  };
  const configPathIsUsed = !grid && setBrowser(paths, context.env)?.source === "config";
  const used = { executablePath: configPathIsUsed, grid: grid !== undefined && options.grid === undefined };
  const weak = await allowWeakening(context, weakenings(context.workspace, config, used));
  warnings.push(...weak);
  if (grid) return openOnGrid(context, options, grid, { url, config, warnings }, signal);
  const sealed = options.sealed ?? config.sealed ?? false;
  if (sealed && process.platform === "win32")
    throw usageError(
      "A sealed session needs named pipes that outlive the process that made them, and Windows has none.",
      config.sealed === true && options.sealed === undefined
        ? 'Take "sealed": true out of .libretto/config.json, or pass --no-sealed.'
        : "Leave --sealed out: the browser then has a debugging port.",
    );
  const headless = options.headless ?? config.headless ?? false;
  if (!headless && !hasDisplay(context)) {
    throw new LibrettoError(
      "BrowserFailed",
      "There is no display to show a window on.",
      'Pass --headless, or set "headless": true in .libretto/config.json.',
    );
  }
  const browser = findBrowser({ ...paths, headless, channel: config.channel }, context.env);
  const start: HostOptions["start"] = {
    how: "launch",
    kind: options.workflow ? "run" : "launched",
    mode: options.locked ? "read-only" : (options.mode ?? config.sessionMode ?? defaults.sessionMode),
    ...(options.locked ? { locked: true } : {}),
    browser,
    ...(sealed ? { sealed } : {}),
    headless,
    viewport: options.viewport ?? config.viewport ?? defaults.viewport,
    url,
    ...(options.waitUntil === undefined ? {} : { waitUntil: options.waitUntil }),
    timeoutMs: options.timeoutMs ?? 30_000,
  };
  const settings = hostSettingsFrom(config, options);
  const extras = extrasOf(context, options, { url, config, warnings });
  const { state, warning } = await chooseName(context, options.session, (session) =>
    startHost(
      { root: context.workspace.root, session, client: context.client, settings, start, ...extras },
      context.env,
      signal,
    ),
  ).catch((error: unknown) => {
    throw error instanceof LibrettoError ? withWeakenings(error, weak) : error;
  });
  return { state, warnings: warning === undefined ? warnings : [...warnings, warning] };
}

/** A program that the config names has run, though it came to no session: that is said, too. */
function withWeakenings(error: LibrettoError, weak: readonly string[]): LibrettoError {
  if (error.code !== "BrowserFailed" || weak.length === 0) return error;
  return new LibrettoError(error.code, error.message, `${weak.join(" ")} ${error.hint}`, { cause: error });
}

/** The Grid that is meant, by the flag or the config; undefined for a browser of this machine. @throws `Usage` */
function gridOf({ grid: flag, queueTimeoutMs }: OpenOptions, { grid }: Config): GridStart | undefined {
  const url = flag ?? grid?.url;
  if (url === undefined || url === "none") return undefined;
  return {
    url: parseGridUrl(url),
    capabilities: grid?.capabilities ?? {},
    queueTimeoutMs: queueTimeoutMs ?? grid?.queueTimeoutMs ?? defaults.grid.queueTimeoutMs,
  };
}

type GridStart = Extract<HostOptions["start"], { how: "grid" }>["grid"];

/** A session whose browser a Selenium Grid lends (S30). */
async function openOnGrid(
  context: SessionsContext,
  options: OpenOptions,
  grid: GridStart,
  read: { url: string | undefined; config: Config; warnings: string[] },
  signal?: AbortSignal,
): Promise<OpenResult> {
  const { url, config } = read;
  const refused = {
    "--headed": options.headless === false,
    "--executable-path": options.executablePath !== undefined,
    "--sealed": options.sealed === true,
    '"sealed" in .libretto/config.json': options.sealed === undefined && config.sealed === true,
  };
  for (const [option, given] of Object.entries(refused))
    if (given)
      throw usageError(
        `${option} is about a browser of this machine, and the Grid at ${grid.url} is to lend one.`,
        'Say it to the Grid with "grid": { "capabilities": … } in .libretto/config.json, or pass --grid none.',
      );
  const start: HostOptions["start"] = {
    how: "grid",
    kind: options.workflow ? "run" : "launched",
    mode: options.locked ? "read-only" : (options.mode ?? config.sessionMode ?? defaults.sessionMode),
    ...(options.locked ? { locked: true } : {}),
    grid,
    headless: true,
    viewport: options.viewport ?? config.viewport ?? defaults.viewport,
    url,
    ...(options.waitUntil === undefined ? {} : { waitUntil: options.waitUntil }),
    timeoutMs: options.timeoutMs ?? 30_000,
  };
  // Our heartbeat keeps the Grid from ending a session that nobody uses.
  const settings = hostSettingsFrom(
    { ...config, idleTimeoutMinutes: config.idleTimeoutMinutes ?? defaults.grid.idleTimeoutMinutes },
    options,
  );
  const extras = extrasOf(context, options, read);
  const { state, warning } = await chooseName(context, options.session, (session) =>
    startHost(
      { root: context.workspace.root, session, client: context.client, settings, start, ...extras },
      context.env,
      signal,
      undefined,
      options.onWaiting,
    ),
  );
  const warnings = [url === undefined ? undefined : nodeAddressWarning(url), warning].filter(
    (line) => line !== undefined,
  );
  return { state, warnings: [...read.warnings, ...warnings] };
}

/** @param read what was found; a saved login that is left out is named in its `warnings` */
function extrasOf(
  context: SessionsContext,
  options: OpenOptions,
  { url, config, warnings }: { url: string | undefined; config: Config; warnings: string[] },
): Pick<HostOptions, "authProfile" | "workflow"> {
  const profiles = profilesFolder(context.workspace);
  // A login that was not asked for by name is put only into a session whose mode somebody has chosen.
  const isChosen = options.mode !== undefined || options.locked === true || config.sessionMode !== undefined;
  const found =
    options.authProfile === undefined && url !== undefined ? profileForUrl(profiles, url, context.env) : undefined;
  const authProfile =
    options.authProfile === false
      ? undefined
      : (stateAt(options) ?? (isChosen && found?.isOwn === true ? found.name : undefined));
  if (found && !found.isOwn)
    warnings.push(
      `The saved login "${found.name}" is not loaded, since it came with the workspace and was not saved here by you: name it with --auth-profile ${found.name} if you trust it.`,
    );
  else if (found && !isChosen)
    warnings.push(
      `The saved login "${found.name}" is not loaded, since the session's mode was not chosen: add --read-only or --write-access, or --auth-profile ${found.name}.`,
    );
  if (authProfile !== undefined) readProfile(profiles, authProfile);
  return {
    ...(authProfile === undefined ? {} : { authProfile }),
    ...(options.workflow ? { workflow: options.workflow } : {}),
  };
}

/** The saved login that is named; of a path the whole. */
function stateAt({ authProfile, cwd = process.cwd() }: OpenOptions): string | undefined {
  return typeof authProfile === "string" && isStatePath(authProfile)
    ? resolve(cwd, authProfile)
    : authProfile || undefined;
}

/** Whether a window can be shown. */
export function hasDisplay({ env }: Pick<SessionsContext, "env">): boolean {
  return process.platform !== "linux" || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
}

/**
 * Whether there is to be no window, where no flag can be typed: as asked, else as VS Code's settings say, else none where
 * there is no display. @returns undefined where the configuration decides
 */
export function headlessAsSet(context: SessionsContext, asked: boolean | undefined): boolean | undefined {
  return asked ?? context.settings?.headless ?? (hasDisplay(context) ? undefined : true);
}

/** Parses `1280x720`. @throws `Usage` */
export function parseViewport(text: string): { width: number; height: number } {
  const found = /^(\d{2,5})x(\d{2,5})$/i.exec(text);
  const width = Number(found?.[1]);
  const height = Number(found?.[2]);
  if (!found || width > 10_000 || height > 10_000)
    throw usageError(
      `${JSON.stringify(text)} is not a viewport.`,
      "Give width and height in pixels, for example --viewport 1280x720.",
    );
  return { width, height };
}
