/** What a session is made of once its browser is attached, put together. Each part is handed what it needs of the others. */
import { join } from "node:path";
import type { HostOptions } from "../../ipc/hostOptions.js";
import type { Redactor } from "../../logs/redact.js";
import type { ActionRow } from "../../logs/rows.js";
import type { JsonlWriter } from "../../logs/writer.js";
import type { SessionState, SessionStatus, WorkflowState } from "../../model/state.js";
import { profilesFolder } from "../../store/profiles.js";
import type { SessionPaths, Workspace } from "../../store/workspace.js";
import type { Environment } from "../../util/environment.js";
import { withoutExcerpt, type ErrorData } from "../../util/errors.js";
import { spareTimes, type SpareTimes } from "../../util/spares.js";
import { ExecQueue } from "../exec/execQueue.js";
import { AccessibilityTrees } from "../reads/accessibilityTree.js";
import { DownloadFiles } from "../recorder/downloadFiles.js";
import { startRecorder, type Recorder } from "../recorder/recorder.js";
import type { SessionLog } from "../recorder/sessionLog.js";
import { LiveRequests } from "../requests/liveRequests.js";
import { PageRequests } from "../requests/pageRequests.js";
import type { HostRequest } from "../rpc/server.js";
import type { CdpConnection } from "../wire/cdp.js";
import { PlaywrightBridge } from "../wire/playwrightBridge.js";
import { Targets } from "../wire/targets.js";
import type { Wire } from "../wire/wire.js";
import type { Sought } from "../worker/failedCalls.js";
import { WorkflowHost } from "../workflow/workflowHost.js";
import { AdoptedPages } from "./adoptedPages.js";
import type { Lifecycle } from "./lifecycle.js";
import { ModeSwitch } from "./modeSwitch.js";
import { RemoteBrowser } from "./remoteBrowser.js";
import type { SessionRecord } from "./sessionRecord.js";
import { assertSharable, lockOthers, type Holder } from "./sharedBrowser.js";

/** What the parts are made from. */
export interface SessionBase {
  options: HostOptions;
  indexId: string;
  /** The host's own; that of the user is in the options. */
  env: Environment;
  workspace: Workspace;
  paths: SessionPaths;
  record: SessionRecord;
  lifecycle: Lifecycle;
  wire: Wire;
  cdp: CdpConnection;
  redactor: Redactor;
  log: SessionLog;
  network: JsonlWriter;
  actions: JsonlWriter;
}

export interface SessionParts extends SessionBase {
  /** The record as it is now, to read. */
  state: Readonly<SessionState>;
  targets: Targets;
  adopted: AdoptedPages;
  downloads: DownloadFiles;
  recorder: Recorder;
  bridge: PlaywrightBridge;
  trees: AccessibilityTrees;
  spares: SpareTimes;
  execs: ExecQueue;
  workflows: WorkflowHost;
  requests: PageRequests;
  live: LiveRequests;
  mode: ModeSwitch;
  /** Of a session whose browser a Grid lends. */
  remote: RemoteBrowser | undefined;
}

/** What becomes of the session where its browser on a Grid does not answer. */
export interface RemoteLoss {
  /** The Grid has the browser no more. */
  gone: (reason: string) => void;
  /** The browser is there, and the connection to it is not. */
  lost: () => void;
}

/** How long the pages of a browser that is taken over have to answer, in ms. */
export const adoptedMs = 1_000;
/** How long other clients of a browser that is not ours have to answer its dialogs, in ms. */
const otherClientsMs = 500;

/** Puts them together. None of them has asked the browser for anything when this returns but what the recorder starts with. */
export function createSessionParts(base: SessionBase, loss: RemoteLoss): SessionParts {
  const { options, env, workspace, paths, record, lifecycle, wire, cdp, redactor, log } = base;
  const { state } = record;
  const spares = spareTimes(env);
  const targets = new Targets(cdp);
  const adopted = new AdoptedPages(targets, log);
  const trees = new AccessibilityTrees(targets);
  if (state.browserPid === null) wire.dialogs.othersMs = otherClientsMs;
  wire.dialogs.onChange((targetId, dialog) => targets.dialogChanged(targetId, dialog));
  const remote = state.grid && remoteBrowser(base, state.grid, loss);
  const downloads = new DownloadFiles(join(paths.folder, "downloads"), remote !== undefined);
  const artifacts = downloads.incoming;
  const profiles = profilesFolder(workspace);
  const holder = (): Holder => ({ root: workspace.root, session: state.session, cdpEndpoint: state.cdpEndpoint });

  const recorder = startRecorder({
    cdp,
    targets,
    network: base.network,
    actions: base.actions,
    logs: log.writer,
    options: {
      redactor,
      bodyLimitBytes: options.settings.bodyLimitBytes,
      ...(state.kind === "connected" ? {} : { files: downloads }),
    },
    onDownload: (event) => {
      execs.deliver(event);
      workflows.deliver(event);
    },
    // Somebody works in the browser's window.
    onActivity: (targetId) => {
      lifecycle.used();
      targets.touch(targetId);
    },
    pictureOf: (row) => live.pictureOf(row),
  });
  const bridge = new PlaywrightBridge(() => wire.openChannel({ kind: "reads", name: "reads" }), "reads", artifacts);
  /** What code that drives the browser tells the host, no matter who runs it. */
  const driver = {
    artifacts,
    env: options.env,
    onSecret: (value: string) => redactor.learn(value),
    onCancelDownload: (guid: string) => void cdp.send("Browser.cancelDownload", { guid }).catch(() => undefined),
    onActive: recorder.agentActive.bind(recorder),
    explain: async (error: ErrorData, sought: Sought) => {
      const { explainFailure } = await import("../requests/explainFailure.js");
      return explainFailure(error, sought, { targets, trees, redactor });
    },
  };
  const acted = (by: "exec" | "workflow") => (row: ActionRow) => {
    recorder.agentAction(row);
    live.acted(row, by);
  };
  const execs = new ExecQueue({
    ...driver,
    onAction: acted("exec"),
    openChannel: () => wire.openChannel({ kind: "drives", name: "exec" }),
    selectorOf: async (targetId, ref) => {
      const { selectorOfRef } = await import("../requests/snapshot.js");
      return selectorOfRef(trees, targetId, ref);
    },
    idleMs: spares.usedMs,
  });
  const workflows: WorkflowHost = new WorkflowHost({
    ...driver,
    onAction: acted("workflow"),
    session: options.session,
    startedAt: state.startedAt,
    root: options.root,
    openChannel: () => wire.openChannel({ kind: "drives", name: "workflow", outlivesLock: true }),
    profiles,
    first: options.workflow,
    access: () => state,
    setMode: (next, request) => mode.set({ mode: next }, request),
    status: () => state.status,
    targetId: (page) => (page === undefined ? targets.find() : targets.require(page))?.info.targetId,
    setStatus: (status, workflow, reason) => {
      // The time in which nobody uses the session begins with what its workflow did last, heard or not.
      lifecycle.used();
      if (!lifecycle.ending) writeStatus(base, status, workflow, reason);
    },
    log: (level, event, message, data) => log.write(level, event, message, data),
  });
  const requests = new PageRequests({
    state,
    env,
    cdp,
    targets,
    bridge,
    trees,
    execs,
    redactor,
    record: (row) => recorder.agentAction(row),
    answerDialog: (targetId, accept, promptText) => wire.dialogs.answer(targetId, accept, promptText),
    isSilent: (pageId) => adopted.isSilent(pageId),
    leaveSilent: (pageId, navigate) => adopted.leave(pageId, navigate),
    log,
    limits: options.settings.readonlyExec,
    spares,
    folders: { snapshots: paths.snapshots, profiles },
  });
  const live = new LiveRequests({
    state,
    targets,
    redactor,
    recorder,
    read: async (code, page) => (await requests.readonlyExec({ code, page }, quietRequest)).text,
    log,
    attendDialogs: (targetId, isAttended) => wire.dialogs.attend(targetId, isAttended),
    film: { folder: paths.folder, always: options.settings.film },
  });
  const mode: ModeSwitch = new ModeSwitch({
    record,
    execs,
    changed: (change) => {
      const { previous, client } = change;
      live.changed();
      log.write("info", "mode", `${previous} → ${change.mode}, asked by ${client}`, { ...change });
    },
    log: (event, message, data) => log.write("info", event, message, data),
    workflowRuns: () => workflows.isRunning,
    assertUnlockable: () => assertSharable(env, holder(), "session-mode write-access", true),
    lockOthers: (client) => lockOthers(env, holder(), client),
    wire,
    settleInput: () => live.settled(),
    settleAdopted: () => adopted.settled(adoptedMs),
  });
  return {
    ...base,
    state,
    targets,
    adopted,
    downloads,
    recorder,
    bridge,
    trees,
    spares,
    execs,
    workflows,
    requests,
    live,
    mode,
    remote,
  };
}

function remoteBrowser(
  { env, wire, log }: SessionBase,
  grid: NonNullable<SessionState["grid"]>,
  { gone, lost }: RemoteLoss,
): RemoteBrowser {
  return new RemoteBrowser({
    grid,
    env,
    wire,
    gone,
    lost,
    log: (level, event, message) => log.write(level, event, message),
  });
}

function writeStatus(
  { record, redactor }: SessionBase,
  status: SessionStatus,
  workflow: WorkflowState,
  reason: string | undefined,
): void {
  record.changeWhenPossible({
    status,
    workflow,
    reason: reason === undefined ? undefined : redactor.text(withoutExcerpt(reason)),
  });
}

/** Of what the host asks itself. */
const quietRequest: Pick<HostRequest, "id" | "notify" | "signal"> = {
  id: 0,
  notify: () => undefined,
  signal: new AbortController().signal,
};
