/** `open`: a new session on a browser of its own. */
import { resolve } from "node:path";
import { toUrl } from "../model/address.js";
import { findBrowser } from "../browser/browserFinder.js";
import { defaults, readConfig } from "../store/config.js";
import type { SessionsContext } from "./context.js";
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
  headless?: boolean | undefined;
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
  const headless = options.headless ?? context.settings?.headless ?? config.headless ?? false;
  if (!headless && !hasDisplay(context)) {
    throw new LibrettoError(
      "BrowserFailed",
      "There is no display to show a window on.",
      'Pass --headless, or set "headless": true in .libretto/config.json.',
    );
  }
  const executablePath =
    options.executablePath ?? (context.env.LIBRETTO_CHROMIUM ? undefined : context.settings?.executablePath);
  const browser = findBrowser(
    { headless, executablePath, configPath: config.executablePath, channel: config.channel },
    context.env,
  );
  const start: HostOptions["start"] = {
    how: "launch",
    kind: options.workflow ? "run" : "launched",
    mode: options.mode ?? config.sessionMode ?? defaults.sessionMode,
    browser,
    headless,
    viewport: options.viewport ?? config.viewport ?? defaults.viewport,
    url,
    ...(options.waitUntil === undefined ? {} : { waitUntil: options.waitUntil }),
    timeoutMs: options.timeoutMs ?? 30_000,
  };
  const settings = hostSettingsFrom(config, options);
  const profiles = profilesFolder(context.workspace);
  const authProfile =
    options.authProfile === false
      ? undefined
      : (stateAt(options) ?? (url === undefined ? undefined : profileForUrl(profiles, url)));
  if (authProfile !== undefined) readProfile(profiles, authProfile);
  const extras = {
    ...(authProfile === undefined ? {} : { authProfile }),
    ...(options.workflow ? { workflow: options.workflow } : {}),
  };
  const { state, warning } = await chooseName(context, options.session, (session) =>
    startHost(
      { root: context.workspace.root, session, client: context.client, settings, start, ...extras },
      context.env,
      signal,
    ),
  );
  return { state, warnings: warning === undefined ? warnings : [...warnings, warning] };
}

/** The saved login that is named; of a path the whole. */
function stateAt({ authProfile, cwd = process.cwd() }: OpenOptions): string | undefined {
  return typeof authProfile === "string" && isStatePath(authProfile) ? resolve(cwd, authProfile) : authProfile || undefined;
}

/** Whether a window can be shown. */
export function hasDisplay({ env }: Pick<SessionsContext, "env">): boolean {
  return process.platform !== "linux" || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
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
