/** One session, as its host holds it: the browser, the mode, the record, the socket, and who may do what. */
import { existsSync } from "node:fs";
import type { Server } from "node:net";
import { dirname, join } from "node:path";
import { endBrowser } from "../../browser/browserEnd.js";
import type { Sought } from "../worker/failedCalls.js";
import { LibrettoError, nobodyWaits, reopenHint, withoutExcerpt, type ErrorData } from "../../util/errors.js";
import { opensPage, type HostOptions } from "../../ipc/hostOptions.js";
import { startHost } from "../../ipc/hostLauncher.js";
import { endExpired } from "../../browser/orphans.js";
import type { ActionRow } from "../../logs/rows.js";
import { Redactor } from "../../logs/redact.js";
import { JsonlWriter } from "../../logs/writer.js";
import { waitUntilGone } from "../../process/kill.js";
import { pipePaths } from "../../process/namedPipes.js";
import { identify, isAlive, type ProcessIdentity } from "../../process/identity.js";
import {
  protocolVersion,
  type ActivateParams,
  type ActParams,
  type CloseResult,
  type CodeParams,
  type PagesParams,
  type RequestAccessParams,
  type ResumeParams,
  type RunParams,
  type SaveParams,
  type SetModeParams,
  type SnapshotParams,
  type StatusResult,
} from "../../ipc/protocol.js";
import { asBrowser, recordedBrowser } from "../../process/recorded.js";
import type { SessionState, SessionStatus, WorkflowState } from "../../model/state.js";
import { profilesFolder } from "../../store/profiles.js";
import { lastLineOf, removeIfEmpty } from "../../store/hostErrors.js";
import { keepEndpoint, keptEndpoint } from "../../store/endpoints.js";
import { removeSocket } from "../../store/records.js";
import { entryOf, hasEntry, removeEntry, writeEntry } from "../../store/userIndex.js";
import type { Environment } from "../../util/environment.js";
import { spareTimes, type SpareTimes } from "../../util/spares.js";
import { makePrivateFile, makePrivateFolder } from "../../util/ownership.js";
import { sessionPaths, workspaceAt, type SessionPaths, type Workspace } from "../../store/workspace.js";
import type { LaunchedBrowser } from "../../browser/browserProcess.js";
import { withFittingHint } from "../requests/hints.js";
import type { CdpConnection } from "../wire/cdp.js";
import { connectWire, type BrowserAddress } from "../wire/connectWire.js";
import { resolveEndpoint } from "../wire/endpoint.js";
import { ExecQueue } from "../exec/execQueue.js";
import { openFirstPage } from "../requests/firstPage.js";
import { DownloadFiles } from "../recorder/downloadFiles.js";
import { LogWriteErrors } from "../recorder/logWriteErrors.js";
import { AdoptedPages } from "./adoptedPages.js";
import { ModeSwitch } from "./modeSwitch.js";
import { prepareFirstCalls } from "./preparation.js";
import { AccessibilityTrees } from "../reads/accessibilityTree.js";
import { PageRequests } from "../requests/pageRequests.js";
import { PlaywrightBridge } from "../wire/playwrightBridge.js";
import { startRecorder, type Recorder } from "../recorder/recorder.js";
import { listen, type HostRequest } from "../rpc/server.js";
import { SessionLog } from "../recorder/sessionLog.js";
import { maxSilenceMs, watchSilence } from "../wire/heartbeat.js";
import { Targets } from "../wire/targets.js";
import type { Wire } from "../wire/wire.js";
import type { Borrowed } from "./borrow.js";
import { bringDownloadsBack } from "./gridDownloads.js";
import { RemoteBrowser } from "./remoteBrowser.js";
import { isLater, OwnFiles } from "./ownFiles.js";
import { startLifetimeTimers } from "./lifetime.js";
import type { SessionRecord } from "./sessionRecord.js";
import { assertSharable, lockOthers, otherHolders, type Holder } from "./sharedBrowser.js";
import { hideInError, hideInNotification, hideInResult } from "./hiddenAnswers.js";
import { answered, settledWithin, untilAborted } from "../../util/timeouts.js";
import { LiveRequests } from "../requests/liveRequests.js";
import { WorkflowHost } from "../workflow/workflowHost.js";

/** What `main.ts` hands over. `record` is the claimed one; the session goes on writing it. */
export interface OpenArguments {
  options: HostOptions;
  indexId: string;
  record: SessionRecord;
  launched: LaunchedBrowser | undefined;
  /** The browser that a Grid lends, which may still be waited for. */
  borrowed: Borrowed | undefined;
  /** Of the host that was here before and died, from its standard error. */
  lastWords?: string | undefined;
  /** The host's own; that of the user is in the options. */
  env: Environment;
  /** Aborted when the client that asked gives up. */
  signal: AbortSignal;
  /** Ends the process, when the session has ended. */
  exit(status: number): void;
}

/** Requests that fail where the browser goes away under them. */
const usesPage = new Set<HostRequest["method"]>(["activate", "exec", "act", "readonly-exec", "snapshot"]);
const browserEnded = "The browser ended.";
/** How long the pages of a browser that is taken over have to answer, in ms. */
const adoptedMs = 1_000;
/** How long other clients of a browser that is not ours have to answer its dialogs, in ms. */
const otherClientsMs = 500;

export class Session {
  readonly #workspace: Workspace;
  readonly #paths: SessionPaths;
  readonly #env: Environment;
  readonly #options: HostOptions;
  readonly #indexId: string;
  readonly #exit: (status: number) => void;
  readonly #record: SessionRecord;
  /** The record as it is now, to read. */
  readonly #state: Readonly<SessionState>;
  readonly #log: SessionLog;
  readonly #network: JsonlWriter;
  readonly #actions: JsonlWriter;
  readonly #wire: Wire;
  readonly #targets: Targets;
  readonly #adopted: AdoptedPages;
  readonly #redactor: Redactor;
  readonly #cdp: CdpConnection;
  readonly #downloads: DownloadFiles;
  readonly #recorder: Recorder;
  readonly #bridge: PlaywrightBridge;
  readonly #trees: AccessibilityTrees;
  readonly #spares: SpareTimes;
  readonly #execs: ExecQueue;
  readonly #workflows: WorkflowHost;
  readonly #requests: PageRequests;
  readonly #mode: ModeSwitch;
  /** Of a session whose browser a Grid lends. */
  readonly #remote: RemoteBrowser | undefined;
  #gridDownloads: { settled(): Promise<void> } | undefined;
  readonly #live: LiveRequests;
  #ending: Promise<CloseResult> | undefined;
  #endReason: string | undefined;
  #stateTimer: NodeJS.Timeout | undefined;
  #server: Server | undefined;
  #isOpen = false;
  /** Another host is about to take the browser over. */
  #isLeaving = false;
  readonly #files = new OwnFiles();
  #lastTrouble: string | undefined;
  /** Resolves when the first page is there to be worked with. */
  readonly #opened: Promise<void>;
  #setOpened: () => void = () => undefined;
  /** Of a clock that nobody sets, in ms. */
  #lastUsed = performance.now();
  #requestsRunning = 0;

  private constructor(
    args: OpenArguments,
    wire: Wire,
    cdp: CdpConnection,
    writers: { log: SessionLog; redactor: Redactor; network: JsonlWriter; actions: JsonlWriter },
  ) {
    this.#options = args.options;
    this.#workspace = workspaceAt(args.options.root);
    this.#paths = sessionPaths(this.#workspace, args.options.session);
    this.#env = args.env;
    this.#indexId = args.indexId;
    this.#exit = (status) => args.exit(status);
    this.#record = args.record;
    this.#state = args.record.state;
    this.#log = writers.log;
    this.#network = writers.network;
    this.#actions = writers.actions;
    this.#wire = wire;
    this.#cdp = cdp;
    this.#opened = new Promise((resolve) => (this.#setOpened = resolve));
    this.#spares = spareTimes(args.env);
    this.#targets = new Targets(cdp);
    this.#adopted = new AdoptedPages(this.#targets, writers.log);
    this.#trees = new AccessibilityTrees(this.#targets);
    if (this.#state.browserPid === null) wire.dialogs.othersMs = otherClientsMs;
    wire.dialogs.onChange((targetId, dialog) => this.#targets.dialogChanged(targetId, dialog));
    this.#remote = this.#remoteBrowser(wire);
    const { redactor } = writers;
    const { bodyLimitBytes } = args.options.settings;
    this.#redactor = redactor;
    const files = (this.#downloads = new DownloadFiles(
      join(this.#paths.folder, "downloads"),
      this.#remote !== undefined,
    ));
    this.#recorder = startRecorder({
      cdp,
      targets: this.#targets,
      network: writers.network,
      actions: writers.actions,
      logs: writers.log.writer,
      options: { redactor, bodyLimitBytes, ...(this.#state.kind === "connected" ? {} : { files }) },
      onDownload: (event) => {
        this.#execs.deliver(event);
        this.#workflows.deliver(event);
      },
      onActivity: (targetId) => this.#personActed(targetId),
    });
    this.#bridge = new PlaywrightBridge(
      () => wire.openChannel({ kind: "reads", name: "reads" }),
      "reads",
      files.incoming,
    );
    this.#execs = new ExecQueue({
      openChannel: () => wire.openChannel({ kind: "drives", name: "exec" }),
      artifacts: files.incoming,
      env: args.options.env,
      onAction: (row) => this.#acted(row),
      onSecret: (value) => redactor.learn(value),
      onCancelDownload: (guid) => this.#cancelDownload(guid),
      onActive: (phase, span) => this.#recorder.agentActive(phase, span),
      selectorOf: (targetId, ref) => this.#selectorOf(targetId, ref),
      idleMs: this.#spares.usedMs,
      explain: (error, sought) => this.#explain(error, sought),
    });
    this.#workflows = this.#workflowHost(args, wire, files.incoming);
    this.#requests = new PageRequests({
      state: this.#state,
      env: args.env,
      cdp,
      targets: this.#targets,
      bridge: this.#bridge,
      trees: this.#trees,
      execs: this.#execs,
      redactor,
      record: (row) => this.#recorder.agentAction(row),
      answerDialog: (targetId, accept, promptText) => wire.dialogs.answer(targetId, accept, promptText),
      log: this.#log,
      limits: args.options.settings.readonlyExec,
      spares: this.#spares,
      folders: { snapshots: this.#paths.snapshots, profiles: profilesFolder(this.#workspace) },
    });
    this.#live = new LiveRequests({
      state: this.#state,
      targets: this.#targets,
      redactor,
      recorder: this.#recorder,
      read: async (code, page) => (await this.#requests.readonlyExec({ code, page }, quietRequest)).text,
      log: this.#log,
      attendDialogs: (targetId, isAttended) => wire.dialogs.attend(targetId, isAttended),
    });
    this.#mode = new ModeSwitch({
      record: this.#record,
      execs: this.#execs,
      changed: (change) => {
        const { previous, mode, client } = change;
        this.#live.changed();
        this.#log.write("info", "mode", `${previous} → ${mode}, asked by ${client}`, { ...change });
      },
      log: (event, message, data) => this.#log.write("info", event, message, data),
      workflowRuns: () => this.#workflows.isRunning,
      assertUnlockable: () => assertSharable(args.env, this.#holder(), "session-mode write-access", true),
      lockOthers: (client) => lockOthers(args.env, this.#holder(), client),
      wire,
      settleInput: () => this.#live.settled(),
      settleAdopted: () => this.#adopted.settled(adoptedMs),
    });
  }

  #holder(): Holder {
    return { root: this.#workspace.root, session: this.#state.session, cdpEndpoint: this.#state.cdpEndpoint };
  }

  #remoteBrowser(wire: Wire): RemoteBrowser | undefined {
    const { grid } = this.#state;
    if (!grid) return undefined;
    return new RemoteBrowser({
      grid,
      env: this.#env,
      wire,
      gone: (reason) => void this.#end(reason, "end").finally(() => this.#exit(0)),
      lost: () => void this.#handOver(),
      log: (level, event, message) => this.#log.write(level, event, message),
    });
  }

  #workflowHost({ options }: OpenArguments, wire: Wire, artifacts: string): WorkflowHost {
    return new WorkflowHost({
      session: options.session,
      root: options.root,
      openChannel: () => wire.openChannel({ kind: "drives", name: "workflow", outlivesLock: true }),
      artifacts,
      env: options.env,
      profiles: profilesFolder(this.#workspace),
      explain: (error, sought) => this.#explain(error, sought),
      first: options.workflow,
      access: () => this.#state,
      setMode: (mode, request) => this.#mode.set({ mode }, request),
      status: () => this.#state.status,
      targetId: (page) => (page === undefined ? this.#targets.find() : this.#targets.require(page))?.info.targetId,
      setStatus: (status, workflow, reason) => this.#setStatus(status, workflow, reason),
      log: (level, event, message, data) => this.#log.write(level, event, message, data),
      onAction: (row) => this.#acted(row),
      onSecret: (value) => this.#redactor.learn(value),
      onCancelDownload: (guid) => this.#cancelDownload(guid),
      onActive: (phase, span) => this.#recorder.agentActive(phase, span),
    });
  }

  async #explain(error: ErrorData, sought: Sought): Promise<ErrorData> {
    const { explainFailure } = await import("../requests/explainFailure.js");
    return explainFailure(error, sought, { targets: this.#targets, trees: this.#trees, redactor: this.#redactor });
  }

  #cancelDownload(guid: string): void {
    void this.#cdp.send("Browser.cancelDownload", { guid }).catch(() => undefined);
  }

  #acted(row: ActionRow): void {
    this.#recorder.agentAction(row);
    this.#live.acted(row);
  }

  #setStatus(status: SessionStatus, workflow: WorkflowState, reason: string | undefined): void {
    if (this.#ending) return;
    this.#record.changeWhenPossible({
      status,
      workflow,
      reason: reason === undefined ? undefined : this.#redactor.text(withoutExcerpt(reason)),
    });
  }

  /**
   * Brings a session to life: attaches to its browser, opens the address, listens, and puts it on record.
   * @throws whatever went wrong; the caller ends a browser that was launched and takes the claim back
   */
  static async open(args: OpenArguments): Promise<{ warning: string | undefined }> {
    const { options, record, launched, signal } = args;
    const { start } = options;
    const paths = sessionPaths(workspaceAt(options.root), options.session);
    const trouble = new LogWriteErrors(() => log);
    const writer = (file: string): JsonlWriter =>
      new JsonlWriter(file, { rotateBytes: options.settings.rotateBytes, ...trouble.listeners });
    const redactor = new Redactor(options.settings.redact);
    const log = new SessionLog(writer(paths.logs), redactor);
    if (start.how === "launch" && launched) {
      record.draft(asBrowser(launched.identity));
      if (launched.answers === undefined) {
        const { port, endpoint } = await launched.listening(start.timeoutMs);
        record.draft({ port, cdpEndpoint: endpoint });
      }
      if (launched.sandboxOff)
        log.write("warn", "sandbox-off", "Chromium's sandbox is off: as root it does not start with it.");
    } else if (args.borrowed) {
      await args.borrowed.ready;
    } else if (start.how === "connect") {
      const endpoint = await resolveEndpoint(start.endpoint, start.timeoutMs);
      const cdpEndpoint = keepEndpoint(args.env, args.indexId, endpoint);
      record.draft({ cdpEndpoint, port: Number(new URL(endpoint).port) || null });
    }
    stopIf(signal);
    if (start.how !== "launch") joinBrowser(args);
    const connecting = connectWire(addressOf(args, launched), start.timeoutMs);
    const { wire, cdp } = await (launched ? launched.orEnded(connecting) : connecting);
    prepareFolder(paths);
    const session = new Session(args, wire, cdp, {
      log,
      redactor,
      network: writer(paths.network),
      actions: writer(paths.actions),
    });
    try {
      return { warning: await Promise.race([session.#start(signal, args.lastWords), connectionLost(wire)]) };
    } catch (error) {
      wire.close();
      await session.#recorder.dispose().catch(() => undefined);
      await log.close();
      throw session.#ending ? await session.#closedMeanwhile(session.#ending) : error;
    }
  }

  /** @returns the error for the client that opens a session which another one closes */
  async #closedMeanwhile(ending: Promise<CloseResult>): Promise<LibrettoError> {
    await ending.catch(() => undefined);
    return new LibrettoError(
      "SessionEnded",
      `Session "${this.#state.session}" was closed while it was being opened.`,
      reopenHint(this.#state, "if you still want it"),
    );
  }

  async #start(signal: AbortSignal, lastWords: string | undefined): Promise<string | undefined> {
    const { start, client } = this.#options;
    if (opensPage(start) && start.headless) this.#keepViewport(start.viewport);
    else if (start.how === "adopt" && this.#state.headless && this.#state.viewport)
      this.#keepViewport(this.#state.viewport);
    this.#remote?.start();
    const attached = answered(this.#targets.start(), start.timeoutMs);
    // Asked for in one go with all that prepares pages, since a browser takes its time to make one.
    const early =
      start.how === "launch" && start.headless && this.#options.authProfile === undefined
        ? this.#openFirstPage(start, signal)
        : undefined;
    early?.catch(() => undefined);
    await attached;
    if (start.how === "adopt") {
      this.#adopted.start();
      await this.#adopted.settled(adoptedMs);
    }
    await this.#recorder.ready();
    if (!opensPage(start)) await settledWithin(1_000, this.#learnFromPages());
    stopIf(signal);
    this.#server = await this.#listen();
    this.#writeIndexEntry();
    let warning: string | undefined;
    try {
      if (opensPage(start)) warning = await (early ?? this.#openFirstPage(start, signal));
      stopIf(signal);
    } catch (error) {
      this.#server.close();
      removeSocket(this.#state.socketPath);
      removeEntry(this.#env, this.#indexId);
      throw error;
    }
    // Its workflow went with the host that was taken over.
    const orphaned =
      start.how === "adopt" &&
      (this.#state.kind === "run" || this.#state.workflow?.running) &&
      (this.#state.status === "active" || this.#state.status === "paused");
    this.#record.change({
      url: this.#address(),
      ...(this.#state.status === "starting" ? { status: "active" } : {}),
      ...(orphaned
        ? {
            status: "failed",
            reason: "The session's host ended while its workflow ran.",
            workflow: this.#state.workflow && { file: this.#state.workflow.file, running: false },
          }
        : {}),
    });
    this.#isOpen = true;
    this.#mode.start();
    this.#setOpened();
    this.#targets.onPagesChanged(() => this.#pagesChanged());
    const how = start.how === "adopt" ? "adopted" : start.how === "connect" ? "connected" : "opened";
    this.#log.write("info", how, `Session ${how} by ${client}, ${this.#state.mode}.`, {
      url: this.#state.url,
      mode: this.#state.mode,
      browserPid: this.#state.browserPid,
      version: LIBRETTO_VERSION,
    });
    if (warning !== undefined) this.#log.write("warn", "first-page", warning);
    if (lastWords !== undefined)
      this.#log.write("error", "host-died", `The host before this one ended: ${lastLineOf(lastWords)}`, {
        stderr: lastWords,
      });
    this.#watch();
    if (start.how !== "adopt" && this.#state.kind !== "run")
      prepareFirstCalls({
        env: this.#env,
        times: this.#spares,
        requests: this.#requests,
        execs: this.#execs,
        mayExec: () => this.#state.mode === "write-access" && !this.#ending && !this.#isLeaving,
      });
    return warning;
  }

  /** What was typed into their fields before is no less a secret than what will be. */
  async #learnFromPages(): Promise<void> {
    const { secretsInPages } = await import("../worker/secretFields.js");
    for (const secret of await secretsInPages(this.#targets.attached())) this.#redactor.learn(secret);
  }

  async #openFirstPage(start: Parameters<typeof openFirstPage>[1], signal: AbortSignal): Promise<string | undefined> {
    const { authProfile } = this.#options;
    if (authProfile !== undefined) {
      const { loadLogin } = await import("../workflow/savedLogin.js");
      const leftOut = await loadLogin(await this.#bridge.context(), profilesFolder(this.#workspace), authProfile);
      // Its page is closed; once the browser has answered, the one to open is known to be the other.
      await this.#targets.refresh();
      this.#record.draft({ login: authProfile });
      this.#log.write("info", "login-loaded", `The saved login "${authProfile}" was restored into the browser.`);
      for (const what of leftOut) this.#log.write("warn", "login-left-out", `Not restored: ${what}`);
    }
    this.#recorder.agentActive("begin", { work: "navigation" });
    // A Grid's browser comes with a page, which its driver holds on to.
    const headless = start.headless && this.#remote === undefined;
    const warning = await openFirstPage(this.#targets, { ...start, headless }, signal);
    this.#recorder.agentActive("end", { work: "navigation" });
    return warning;
  }

  /** The window's inner size differs from what `--window-size` asks in new headless, so it is set on each page. */
  #keepViewport({ width, height }: { width: number; height: number }): void {
    this.#targets.onAttach(({ type, session }) => {
      if (type === "page")
        void session
          .send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 0, mobile: false })
          .catch(() => undefined);
    });
  }

  /** Somebody works in the browser's window. */
  #personActed(targetId: string): void {
    this.#lastUsed = performance.now();
    this.#targets.touch(targetId);
  }

  #watch(): void {
    this.#wire.onClose((reason) => void this.#connectionEnded(reason));
    if (this.#state.kind === "connected") watchSilence(this.#wire, maxSilenceMs(this.#env));
    const { grid } = this.#state;
    if (this.#remote && grid?.id !== undefined && grid.hasDownloads === true)
      this.#gridDownloads = bringDownloadsBack({
        cdp: this.#cdp,
        engine: this.#remote.engine,
        id: grid.id,
        folder: this.#paths.downloads,
        log: (level, event, message, data) => this.#log.write(level, event, message, data),
      });
    process.on(
      "SIGTERM",
      () => void this.#end("Asked to end by the system (SIGTERM).", "close").finally(() => this.#exit(0)),
    );
    process.on("uncaughtException", (error) =>
      this.#log.write("error", "host-error", error.message, { stack: error.stack }),
    );
    process.on("unhandledRejection", (reason) =>
      this.#log.write(
        "error",
        "host-error",
        reason instanceof Error ? reason.message : String(reason),
        reason instanceof Error ? { stack: reason.stack } : undefined,
      ),
    );
    startLifetimeTimers(this.#state.limits, {
      idleMs: () => (this.#requestsRunning > 0 || this.#workflows.isRunning ? 0 : performance.now() - this.#lastUsed),
      restoreFiles: () => void this.#restoreFiles().catch((error: unknown) => this.#logOnce((error as Error).message)),
      heartbeat: () => {
        if (!this.#ending) this.#writeIndexEntry();
        void endExpired(this.#env);
      },
      end: (reason) => void this.#end(reason, "end").finally(() => this.#exit(0)),
    });
  }

  /**
   * A live session can always be found: what was cleared away under it, as `git clean` clears records and the
   * system old files in its temporary folder, is put back. Not where the workspace itself is gone, or was moved.
   */
  async #restoreFiles(): Promise<void> {
    if (this.#ending || this.#isLeaving) return;
    if (!hasEntry(this.#env, this.#indexId)) this.#writeIndexEntry();
    if (this.#record.retry()) prepareFolder(this.#paths);
    if (process.platform === "win32" || existsSync(this.#state.socketPath)) return;
    makePrivateFolder(dirname(this.#state.socketPath));
    this.#server?.close();
    this.#server = await this.#listen();
  }

  /** What stays so is tried again every other second, and told once. */
  #logOnce(message: string): void {
    if (message !== this.#lastTrouble) this.#log.write("warn", "not-restored", message);
    this.#lastTrouble = message;
  }

  async #listen(): Promise<Server> {
    const server = await listen(this.#state.socketPath, {
      makesRoom: ({ version }) => this.#makesRoom(version),
      hello: () => ({
        protocol: protocolVersion,
        version: LIBRETTO_VERSION,
        session: this.#state.session,
        mode: this.#state.mode,
        hostPid: process.pid,
      }),
      request: (request) => this.#answer(request),
    });
    // The process ends itself when the session does; a socket alone is no reason to stay.
    server.unref();
    return server;
  }

  /**
   * A host whose files an update has replaced, or who is asked by a later version, goes as a host that died: the client
   * starts its own for the same browser. Not while it works for somebody.
   */
  #makesRoom(version: string): boolean {
    if (this.#isLeaving) return true;
    const isBusy = !this.#isOpen || this.#requestsRunning > 0 || this.#workflows.isRunning;
    if (isBusy || this.#ending || !(this.#files.areReplaced || isLater(version, LIBRETTO_VERSION))) return false;
    this.#isLeaving = true;
    this.#log.write("info", "handed-over", `The host of version ${LIBRETTO_VERSION} makes room for ${version}.`);
    // Whoever comes from now on waits for the next host.
    this.#server?.close();
    removeSocket(this.#state.socketPath);
    const written = this.#letGo().then(() => Promise.all([this.#network.close(), this.#actions.close()]));
    void settledWithin(5_000, written).then(() => {
      this.#wire.close();
      this.#exit(0);
    });
    return true;
  }

  async #answer(request: HostRequest): Promise<unknown> {
    const { method } = request;
    // A watcher that asks whether the host answers, or what is open, is no use of the session.
    if (method === "ping") return { ok: true };
    // Pictures and single keys: too many for a row each, and too large to be searched for secrets.
    if (LiveRequests.answers(request) && !this.#ending) {
      if (!this.#isOpen) await untilAborted(this.#opened, request.signal, nobodyWaits);
      if (method === "input") {
        this.#lastUsed = performance.now();
        await this.#mode.settle();
      }
      return this.#live.answer(request);
    }
    const isUse = !(method === "pages" && (request.params as PagesParams).watching === true);
    const used = (running: 1 | -1): void => {
      if (!isUse) return;
      this.#lastUsed = performance.now();
      this.#requestsRunning += running;
      if (method !== "hello") this.#live.running(method, request.client, running);
    };
    used(1);
    const started = performance.now();
    try {
      if (isUse && method !== "close") await this.#assertRemote(request.signal);
      if (this.#ending && method !== "close")
        throw new LibrettoError(
          "SessionEnded",
          this.#endReason !== undefined && this.#remote
            ? `Session "${this.#state.session}" has ended: ${this.#endReason}`
            : `Session "${this.#state.session}" is being closed.`,
          reopenHint(this.#state, "when it is gone"),
        );
      // A page that takes its time to load holds up what works with pages, and nothing else.
      if (!this.#isOpen && !needsNoPage.has(method))
        await untilAborted(
          this.#opened.catch(() => undefined),
          request.signal,
          nobodyWaits,
        );
      // What was typed into a field for secrets is in no message to a client: neither in an error nor in a result.
      const hidden: HostRequest = {
        ...request,
        notify: (name, params) => request.notify(name, hideInNotification(this.#redactor, name, params)),
      };
      await this.#mode.settle();
      const result = hideInResult(this.#redactor, method, await this.#dispatch(hidden));
      if (isUse && method !== "hello" && method !== "status")
        this.#log.write("info", "command", `${method} by ${request.client}`, {
          command: method,
          client: request.client,
          durationMs: Math.round(performance.now() - started),
          ok: true,
        });
      return result;
    } catch (thrown) {
      const ended = usesPage.has(method) ? await this.#endedMeanwhile() : undefined;
      const error =
        ended ?? this.#replacedMeanwhile(thrown) ?? hideInError(this.#redactor, LibrettoError.from(thrown), thrown);
      const denied = error.exitStatus === 3;
      if (isUse)
        this.#log.write(
          denied ? "warn" : "error",
          denied ? "denied" : "command",
          `${method} by ${request.client}: ${withoutExcerpt(error.message)}`,
          {
            command: method,
            client: request.client,
            durationMs: Math.round(performance.now() - started),
            ok: false,
            code: error.code,
          },
        );
      throw error;
    } finally {
      used(-1);
    }
  }

  /** A browser on a Grid may have gone without a word; the caller hears of that, and does not wait for it. */
  async #assertRemote(signal: AbortSignal): Promise<void> {
    if (this.#remote)
      await untilAborted(
        this.#remote.check().catch(() => undefined),
        signal,
        nobodyWaits,
      );
  }

  /** What happened to a request that failed because its session ended: neither its code nor the page did. */
  async #endedMeanwhile(): Promise<LibrettoError | undefined> {
    const browser = this.#browser();
    // The connection of a browser that dies ends before its process does.
    if (browser && this.#wire.hasEnded) await waitUntilGone(browser, 1_000);
    if (!this.#ending && (browser === undefined || isAlive(browser))) return undefined;
    const { session } = this.#state;
    return new LibrettoError(
      "SessionEnded",
      `Session "${session}" ended meanwhile: ${this.#endReason ?? browserEnded}`,
      reopenHint(this.#state),
    );
  }

  /** What a request failed for that needed a file of this host's. */
  #replacedMeanwhile(thrown: unknown): LibrettoError | undefined {
    if (thrown instanceof LibrettoError || !this.#files.areReplaced) return undefined;
    return new LibrettoError(
      "Failed",
      "An update has replaced the files of the session's host, which could not be replaced by the new version yet.",
      `It will when its workflow has ended: \`libretto stop --session ${this.#state.session}\`.`,
      { cause: thrown },
    );
  }

  /** Where the most recently active page is, as the record tells it. */
  #address(): string {
    const url = this.#targets.find()?.info.url;
    return url === undefined ? this.#state.url : this.#redactor.url(url);
  }

  #dispatch(request: HostRequest): Promise<unknown> {
    switch (request.method) {
      case "ping":
      case "hello":
        return Promise.resolve({ ok: true });
      case "status":
        return Promise.resolve({
          state: this.#state,
          pageCount: this.#targets.pageCount,
          execRunning: this.#execs.isBusy,
          hostRssBytes: process.memoryUsage.rss(),
        } satisfies StatusResult);
      case "pages":
        return this.#requests.pages();
      case "activate":
        return this.#requests.activate(request.params as ActivateParams);
      case "exec":
        return this.#requests.exec(request.params as CodeParams, request);
      case "act":
        return this.#requests.act(request.params as ActParams, request);
      case "readonly-exec":
        return this.#requests.readonlyExec(request.params as CodeParams, request);
      case "snapshot":
        return this.#requests.snapshot(request.params as SnapshotParams, request);
      case "run":
        return this.#workflows.run(request.params as RunParams, request).catch((error: unknown) => {
          const { session, kind } = this.#state;
          throw error instanceof LibrettoError
            ? withFittingHint(error, { session, connected: kind === "connected" })
            : error;
        });
      case "resume":
        return this.#workflows.resume(request.params as ResumeParams, request);
      case "stop":
        return this.#workflows.stop(request);
      case "save":
        return this.#requests.save(request.params as SaveParams).then((saved) => {
          this.#record.changeWhenPossible({ login: saved.profile });
          return saved;
        });
      case "session-mode":
        return this.#mode.set(request.params as SetModeParams, request);
      case "request-access":
        return this.#mode.request(request.params as RequestAccessParams, request);
      case "close":
        return this.#close(request);
      default:
        return this.#live.answer(request);
    }
  }

  async #selectorOf(targetId: string, ref: string): Promise<string> {
    const { selectorOfRef } = await import("../requests/snapshot.js");
    return selectorOfRef(this.#trees, targetId, ref);
  }

  #close(request: HostRequest): Promise<CloseResult> {
    const ended = this.#end(`Closed by ${request.client}.`, "close");
    // The answer is written before the process ends. What opens the session meanwhile fails, and ends it itself.
    if (this.#isOpen) void ended.catch(() => undefined).then(() => setImmediate(() => this.#exit(0)));
    return ended;
  }

  /** The wire ended: because the browser did, or because only the connection broke. @param reason why, for a remote browser */
  async #connectionEnded(reason: string): Promise<void> {
    if (this.#ending || this.#isLeaving) return;
    if (this.#remote) return this.#remote.connectionEnded();
    const browser = this.#browser();
    if (browser && !(await waitUntilGone(browser, 3_000))) {
      // The browser lives: end as a host that was killed does, and the next command adopts the browser.
      this.#log.write(
        "error",
        "connection-lost",
        "The connection to the browser broke; the next command attaches to it again.",
      );
      await this.#letGo();
      this.#exit(1);
    }
    await this.#end(browser ? browserEnded : `The connection to the remote browser ended: ${reason}.`, "end").catch(
      () => undefined,
    );
    this.#exit(0);
  }

  /** Ends all that works with the browser, and leaves the browser and its record. */
  async #letGo(): Promise<void> {
    await Promise.all([
      this.#execs.dispose(),
      this.#workflows.dispose("The connection to the browser broke."),
      this.#requests.dispose(),
      this.#recorder.dispose(),
    ]);
    await this.#log.close();
    removeSocket(this.#state.socketPath);
  }

  /** Starts another host for the browser, which nobody keeps alive otherwise, and ends. */
  async #handOver(): Promise<void> {
    if (this.#ending) return;
    const after = identify(process.pid);
    this.#log.write("warn", "connection-lost", "The connection to the browser broke; another host attaches to it.");
    const { root, session, settings } = this.#options;
    const start: HostOptions["start"] = { how: "adopt", timeoutMs: 30_000, ...(after ? { after } : {}) };
    void startHost({ root, session, client: "host", settings, start }, this.#options.env).catch(() => undefined);
    await settledWithin(5_000, this.#letGo());
    this.#exit(1);
  }

  #browser(): ProcessIdentity | undefined {
    return recordedBrowser(this.#state);
  }

  /** Ends the session, once. @param how `close` drops the record; `end` keeps it, as `exited`, with the reason */
  #end(reason: string, how: "close" | "end"): Promise<CloseResult> {
    this.#endReason ??= reason;
    this.#ending ??= this.#doEnd(reason, how);
    return this.#ending;
  }

  async #doEnd(reason: string, how: "close" | "end"): Promise<CloseResult> {
    clearTimeout(this.#stateTimer);
    this.#mode.dispose();
    const browser = this.#browser();
    const children = Promise.all([this.#execs.dispose(), this.#workflows.dispose(reason), this.#requests.dispose()]);
    // Rows about what is open now are written while the browser can still be asked.
    await settledWithin(500, this.#recorder.dispose());
    if (this.#gridDownloads) await settledWithin(5_000, this.#gridDownloads.settled());
    const remote = await this.#remote?.end();
    const ran = browser ? await endBrowser(browser, this.#state.profilePath, this.#env) : undefined;
    this.#wire.close();
    await settledWithin(1_000, children);
    this.#downloads.end();
    this.#log.write("info", how === "close" ? "closed" : "exited", reason);
    await Promise.all([this.#log.close(), this.#network.close(), this.#actions.close()]);
    removeSocket(this.#state.socketPath);
    removeIfEmpty(this.#paths.hostErrors);
    try {
      if (how === "close") this.#record.remove();
      else
        this.#record.change({
          status: "exited",
          reason,
          profilePath: null,
          ...(this.#state.workflow ? { workflow: { ...this.#state.workflow, running: false } } : {}),
        });
    } finally {
      // After the record, which is not believed without it. A slot that could not be freed stays there for `gc`.
      if (remote !== "unreachable") removeEntry(this.#env, this.#indexId);
      else this.#writeIndexEntry(true);
    }
    return {
      session: this.#state.session,
      browser: remote !== undefined ? remote : ran === undefined ? "left-running" : ran ? "ended" : "already-gone",
    };
  }

  #pagesChanged(): void {
    if (this.#stateTimer || this.#ending) return;
    // A navigation changes address and title in quick succession: one write tells both.
    this.#stateTimer = setTimeout(() => {
      this.#stateTimer = undefined;
      const url = this.#address();
      if (this.#ending || url === this.#state.url) return;
      // A workspace that was moved is not made again where it was.
      if (existsSync(this.#paths.folder)) this.#record.changeWhenPossible({ url });
    }, 30);
  }

  #writeIndexEntry(owed = false): void {
    const entry = entryOf(this.#state, this.#workspace.root, this.#options.settings.leaseMinutes);
    if (owed && entry.grid) entry.grid.owed = true;
    writeEntry(this.#env, this.#indexId, entry);
  }
}

function addressOf({ record, env, indexId }: OpenArguments, launched?: LaunchedBrowser): BrowserAddress {
  const { sealed, profilePath, cdpEndpoint } = record.state;
  return sealed === true && profilePath !== null
    ? { pipes: pipePaths(profilePath), reading: launched?.answers }
    : { endpoint: keptEndpoint(env, indexId, cdpEndpoint ?? "") };
}

/** What a client may ask of a session whose first page is not there yet. */
const needsNoPage: ReadonlySet<HostRequest["method"]> = new Set([
  "hello",
  "ping",
  "status",
  "session-mode",
  "request-access",
  "close",
]);

/**
 * Takes the session's place among those that hold its browser (S24). It is on record first, and looks at the others
 * then: of two that come at once, one sees the other.
 * @throws `RefusedByMode` where another session has locked the browser, or this one would lock what another drives
 */
function joinBrowser({ options, record, env, indexId }: OpenArguments): void {
  const { state } = record;
  writeEntry(env, indexId, entryOf(state, options.root, options.settings.leaseMinutes));
  const own: Holder = { root: options.root, session: state.session, cdpEndpoint: state.cdpEndpoint };
  if (options.start.how !== "adopt")
    return assertSharable(
      env,
      own,
      options.workflow ? "run --cdp" : "connect",
      state.mode === "write-access" || options.workflow !== undefined,
    );
  // Somebody locked the browser while this session had no host.
  if (state.mode === "write-access" && otherHolders(env, own).some(({ mode }) => mode === "read-only"))
    record.change({ mode: "read-only", grantedUntil: undefined });
}

/** Of what the host asks itself. */
const quietRequest: Pick<HostRequest, "id" | "notify" | "signal"> = {
  id: 0,
  notify: () => undefined,
  signal: new AbortController().signal,
};

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw nobodyWaits();
}

/** Rejects when the connection ends, which leaves some of what waits for a page waiting. */
function connectionLost(wire: Wire): Promise<never> {
  return new Promise((_resolve, reject) => {
    wire.onClose(() =>
      reject(
        new LibrettoError(
          "BrowserFailed",
          "The browser ended, or dropped the connection, while the session was being opened.",
          "Try again; `libretto status` tells which browsers there are.",
        ),
      ),
    );
  });
}

/** The files that are to be there from the first moment on, for those who follow them. */
function prepareFolder({ logs, network, actions, snapshots }: SessionPaths): void {
  for (const file of [logs, network, actions]) makePrivateFile(file);
  makePrivateFolder(snapshots);
}
