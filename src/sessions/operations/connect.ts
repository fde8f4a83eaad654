/** `connect`: a session on a browser that is already running, which is never ours to end (S8, S17). */
import { defaults, readConfig, weakenings } from "../store/config.js";
import { allowWeakening, type SessionsContext } from "./context.js";
import { endpointOf } from "../browser/runningBrowser.js";
import { startHost } from "../ipc/hostLauncher.js";
import { assertFree, chooseName } from "./newSession.js";
import type { AccessMode } from "../model/policy.js";
import type { WorkflowParams } from "../ipc/protocol.js";
import { hostSettingsFrom } from "../store/settings.js";
import type { OpenResult } from "./open.js";

export interface ConnectOptions {
  /**
   * `http(s)://host:port` or `ws(s)://host:port`, with or without a path; `host:port`, a port of this machine, `chrome`,
   * `edge`, `chromium`, or the path of a user data folder.
   */
  endpoint: string;
  /** The folder of relative paths; the workspace's if left out. */
  cwd?: string | undefined;
  session?: string | undefined;
  mode?: AccessMode | undefined;
  /** Read-only for the life of the session. */
  locked?: boolean | undefined;
  /** For the endpoint's answer, in ms. */
  timeoutMs?: number | undefined;
  idleTimeoutMinutes?: number | undefined;
  ownerPid?: number | undefined;
  /** The workflow for which the session is opened (`run`). */
  workflow?: WorkflowParams | undefined;
}

/**
 * Attaches to a running browser under a name.
 * @throws `Usage`, `SessionExists`, `EndpointUnreachable`, `BrokenConfig`, `Interrupted`
 */
export async function connect(
  context: SessionsContext,
  options: ConnectOptions,
  signal?: AbortSignal,
): Promise<OpenResult> {
  if (options.session !== undefined) assertFree(context, options.session);
  const endpoint = endpointOf(options.endpoint, context.env, options.cwd ?? context.workspace.root);
  const { config, warnings } = await readConfig(context.workspace);
  const weak = weakenings(context.workspace, config, { executablePath: false, grid: false });
  warnings.push(...(await allowWeakening(context, weak)));
  const settings = hostSettingsFrom(config, options);
  const start = {
    how: "connect" as const,
    kind: "connected" as const,
    mode: options.locked ? "read-only" : (options.mode ?? config.sessionMode ?? defaults.sessionMode),
    ...(options.locked ? { locked: true } : {}),
    endpoint,
    timeoutMs: options.timeoutMs ?? 10_000,
  };
  const { state, warning } = await chooseName(context, options.session, (session) =>
    startHost(
      {
        root: context.workspace.root,
        session,
        client: context.client,
        settings,
        start,
        ...(options.workflow ? { workflow: options.workflow } : {}),
      },
      context.env,
      signal,
    ),
  );
  return { state, warnings: warning === undefined ? warnings : [...warnings, warning] };
}
