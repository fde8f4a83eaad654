/** The requests that work with pages: what is open, code, snapshots, saved logins. */
import type { Page } from "playwright-core";
import { LibrettoError, nobodyWaits, type ErrorData } from "../../util/errors.js";
import type { ActionRow } from "../../logs/rows.js";
import type { Redactor } from "../../logs/redact.js";
import { isAllowed, nextStep, refusal, type Refused } from "../../model/policy.js";
import type {
  ActivateParams,
  ActivateResult,
  ActParams,
  ActResult,
  CodeParams,
  CodeResult,
  ConsoleMessage,
  PagesResult,
  SaveParams,
  SaveResult,
  SnapshotParams,
  SnapshotResult,
} from "../../ipc/protocol.js";
import type { PageInfo } from "../../model/page.js";
import type { SessionState } from "../../model/state.js";
import { readIndex } from "../../store/userIndex.js";
import type { Environment } from "../../util/environment.js";
import type { SpareTimes } from "../../util/spares.js";
import { withFittingHint, type FailureSetting } from "./hints.js";
import type { CdpConnection } from "../wire/cdp.js";
import type { ExecQueue } from "../exec/execQueue.js";
import type { PlaywrightBridge } from "../wire/playwrightBridge.js";
import type { DebuggingEndpoint } from "../reads/addresses.js";
import type { AccessibilityTrees } from "../reads/accessibilityTree.js";
import type { ReadonlyExecutor } from "../reads/executor.js";
import type { ReadonlyLimits } from "../reads/runOutcome.js";
import type { HostRequest } from "../rpc/server.js";
import type { SessionLog } from "../recorder/sessionLog.js";
import { answered, settledWithin } from "../../util/timeouts.js";
import { dialogOpen, pageCrashed, type Targets } from "../wire/targets.js";

/** What they need of their session. */
export interface PageRequestParts {
  /** The session's record as it is now. */
  state: Readonly<SessionState>;
  env: Environment;
  cdp: CdpConnection;
  targets: Targets;
  bridge: PlaywrightBridge;
  trees: AccessibilityTrees;
  execs: ExecQueue;
  redactor: Redactor;
  /** Puts a row about what an agent did into `actions.jsonl`. */
  record: (row: ActionRow) => void;
  /** Answers the dialog that a page shows. Resolves to whether it showed one. */
  answerDialog(targetId: string, accept: boolean, promptText?: string): Promise<boolean>;
  /** Whether a page has answered nothing since this host took it over. */
  isSilent(pageId: string): boolean;
  /** Navigates such a page. */
  leaveSilent<T>(pageId: string, navigate: () => Promise<T>): Promise<T>;
  log: SessionLog;
  limits: ReadonlyLimits;
  spares: SpareTimes;
  /** Where snapshots go, and where saved logins do; absolute. */
  folders: { snapshots: string; profiles: string };
}

type Found = ReturnType<Targets["find"]>;

/** Why a run is ended whose outcome nobody asks for. */
const notNeeded = Symbol("not needed");

export class PageRequests {
  #readonly: ReadonlyExecutor | undefined;
  #disposed = false;

  constructor(private readonly parts: PageRequestParts) {}

  /** Ends the processes of `readonly-exec`. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#readonly?.dispose();
  }

  /** Has ready what the first read needs. */
  async prepareReads(): Promise<void> {
    (await this.#readonlyExecutor()).prepare();
    await import("../reads/reads.js");
  }

  async pages(): Promise<PagesResult> {
    const { state, targets } = this.parts;
    // A browser that was stopped does not answer: what was last heard of it is told then.
    await settledWithin(1_000, targets.refresh());
    return { session: state.session, mode: state.mode, pages: targets.pages().map((page) => this.#shown(page)) };
  }

  async activate({ page }: ActivateParams): Promise<ActivateResult> {
    this.#assertAllowed("activate");
    const { state, targets } = this.parts;
    const { info } = targets.require(page);
    await answered(targets.activate(info.targetId), 5_000);
    return { session: state.session, page: this.#shown(info) };
  }

  async exec(params: CodeParams, request: HostRequest): Promise<CodeResult> {
    this.#assertAllowed("exec");
    const { execs, targets } = this.parts;
    const started = performance.now();
    let found: Found;
    const run = execs.run(
      () => {
        // Seen again when its turn has come: the session may have been locked, and the page closed, meanwhile.
        this.#assertAllowed("exec");
        found = this.#find(params.page);
        if (found) targets.touch(found.info.targetId);
        return {
          code: params.code,
          ...(found ? { targetId: found.info.targetId } : {}),
          ...this.#blocked(found, request),
          ...(params.timeoutMs === undefined ? {} : { timeoutMs: params.timeoutMs }),
        };
      },
      {
        console: (level, text) => request.notify("console", { request: request.id, level, text }),
        notice: (text) => request.notify("notice", { request: request.id, text }),
        signal: request.signal,
      },
    );
    const result = await run.catch((error: unknown) => {
      throw error instanceof LibrettoError ? withFittingHint(error, this.#setting()) : error;
    });
    return this.#codeResult(result, found, started);
  }

  /** Code may have to do with other things than the page, or answer its dialog; it is told at once that it waits. */
  #blocked(found: Found, request: HostRequest): { blocked?: ErrorData } {
    if (!found?.info.dialog) return {};
    const { message, hint } = dialogOpen(found.info.id, found.info.dialog);
    request.notify("notice", { request: request.id, text: `${message} ${hint}` });
    return { blocked: dialogOpen(found.info.id, found.info.dialog).toJSON() };
  }

  #setting(): FailureSetting {
    const { session, kind } = this.parts.state;
    return { session, connected: kind === "connected" };
  }

  async readonlyExec(params: CodeParams, request: Pick<HostRequest, "id" | "notify" | "signal">): Promise<CodeResult> {
    const { state } = this.parts;
    const started = performance.now();
    const found = this.#find(params.page);
    const { targets } = this.parts;
    const executor = await this.#readonlyExecutor();
    const code = {
      code: params.code,
      ...(found ? { page: found.info.targetId } : {}),
      ...(params.timeoutMs === undefined ? {} : { timeoutMs: params.timeoutMs }),
    };
    // Ended with the request, and where the page crashes. `AbortSignal.any` and errors made for nobody cost each read.
    const ended = new AbortController();
    const end = (): void => ended.abort(notNeeded);
    request.signal.addEventListener("abort", end, { once: true });
    if (request.signal.aborted) end();
    const io = {
      console: (level: ConsoleMessage["level"], text: string) =>
        request.notify("console", { request: request.id, level, text }),
      signal: ended.signal,
    };
    const run = (): Promise<Awaited<ReturnType<typeof executor.run>>> => executor.run(code, io);
    try {
      const result = await (found ? targets.unlessCrashed(found.info.targetId, run) : run());
      return this.#codeResult(result, found, started);
    } catch (error) {
      end();
      throw error instanceof LibrettoError && error.code === "ReadonlyExecDenied" ? denied(error, state) : error;
    } finally {
      request.signal.removeEventListener("abort", end);
    }
  }

  async act(params: ActParams, request: HostRequest): Promise<ActResult> {
    this.#assertAllowed("act");
    const { act } = await import("./act.js");
    const { state, targets, execs, trees, redactor, record } = this.parts;
    const started = performance.now();
    const acted = await act({
      params,
      prepare: () => {
        this.#assertAllowed("act");
        const found = targets.require(params.page);
        targets.touch(found.info.targetId);
        return found;
      },
      shown: (page) => this.#shown(page),
      pages: () => targets.pages(),
      execs,
      trees,
      redactor,
      record,
      answerDialog: (targetId, accept, promptText) => this.parts.answerDialog(targetId, accept, promptText),
      isSilent: (pageId) => this.parts.isSilent(pageId),
      leaveSilent: (pageId, navigate) => this.parts.leaveSilent(pageId, navigate),
      notice: (text) => request.notify("notice", { request: request.id, text }),
      signal: request.signal,
    });
    return {
      session: state.session,
      mode: state.mode,
      pageCount: targets.pageCount,
      ...acted,
      durationMs: performance.now() - started,
    };
  }

  async snapshot(params: SnapshotParams, request: HostRequest): Promise<SnapshotResult> {
    const { takeSnapshot } = await import("./snapshot.js");
    const { state, targets, redactor, trees, folders } = this.parts;
    const { info, session } = targets.require(params.page);
    const page = this.#shown(info);
    const taken = await targets.unlessBlocked(info.targetId, () =>
      takeSnapshot({
        page,
        redactor,
        session,
        trees,
        folder: folders.snapshots,
        ...(params.ref === undefined ? {} : { ref: params.ref }),
        ...(params.noPicture ? { noPicture: true } : {}),
        signal: request.signal,
      }),
    );
    const { viewOf } = await import("./snapshotView.js");
    const text = viewOf(taken, params, folders.snapshots) ?? taken.text;
    return { session: state.session, mode: state.mode, page, pageCount: targets.pageCount, ...taken, text };
  }

  /** @throws `Usage`, `PageNotFound`, `PageCrashed`, `Failed` where the browser keeps nothing of the sites */
  async save({ profile, sites, page }: SaveParams): Promise<SaveResult> {
    const { cookiesOfContext, saveLogin } = await import("../workflow/savedLogin.js");
    const { state, targets, bridge, folders, cdp } = this.parts;
    const meant = this.#find(page);
    if (meant?.info.crashed) throw pageCrashed(meant.info.id);
    const browserContextId = await this.#ownContextOf(meant);
    // Behind the others: no page that is open is to lose its place in front.
    const newPage = async (): Promise<Page> => {
      const { targetId } = await cdp.send<{ targetId: string }>("Target.createTarget", {
        url: "about:blank",
        background: true,
        ...(browserContextId === undefined ? {} : { browserContextId }),
      });
      return bridge.page(targetId);
    };
    const visited = await targets.visited();
    const context = await bridge.context();
    const cookies =
      browserContextId === undefined ? await context.cookies() : await cookiesOfContext(cdp, browserContextId);
    const saved = await saveLogin({ context, cookies, newPage, visited }, folders.profiles, profile, sites);
    await targets.refresh();
    return { session: state.session, profile, sites, ...saved };
  }

  /** The browser context that a page of code's own is in; undefined for the session's, and where no page is open. */
  async #ownContextOf(found: Found): Promise<string | undefined> {
    if (!found) return undefined;
    const { cdp } = this.parts;
    const [{ targetInfo }, { browserContextIds }] = await Promise.all([
      cdp.send<{ targetInfo: { browserContextId?: string } }>("Target.getTargetInfo", {
        targetId: found.info.targetId,
      }),
      cdp.send<{ browserContextIds: string[] }>("Target.getBrowserContexts"),
    ]);
    const { browserContextId } = targetInfo;
    return browserContextId !== undefined && browserContextIds.includes(browserContextId)
      ? browserContextId
      : undefined;
  }

  #assertAllowed(command: "activate" | "exec" | "act"): void {
    const { state } = this.parts;
    if (!isAllowed(command, state.mode)) throw refusal(command, state);
  }

  /** @throws `PageNotFound` for a page that was asked for and is not there */
  #find(page: string | undefined): Found {
    return page === undefined ? this.parts.targets.find() : this.parts.targets.require(page);
  }

  #codeResult(result: { kind: CodeResult["kind"]; text: string }, found: Found, started: number): CodeResult {
    const { state, targets } = this.parts;
    return {
      session: state.session,
      mode: state.mode,
      kind: result.kind,
      text: result.text,
      ...(found ? { page: this.#shown(found.info) } : {}),
      pageCount: targets.pageCount,
      durationMs: performance.now() - started,
    };
  }

  /** A page as clients see it: no secret of its address goes further than the browser. */
  #shown(page: PageInfo): PageInfo {
    const { redactor } = this.parts;
    const { dialog } = page;
    return {
      ...page,
      url: redactor.url(page.url),
      title: redactor.text(page.title),
      ...(dialog ? { dialog: { ...dialog, message: redactor.text(dialog.message.slice(0, 200)) } } : {}),
    };
  }

  async #readonlyExecutor(): Promise<ReadonlyExecutor> {
    if (!this.#readonly) {
      const { ReadonlyExecutor } = await import("../reads/executor.js");
      if (this.#disposed) throw nobodyWaits();
      const { targets, cdp, bridge, trees, limits, log } = this.parts;
      this.#readonly ??= new ReadonlyExecutor({
        targets,
        cdp,
        page: (targetId) => bridge.page(targetId),
        prepareLocators: () => bridge.prepare(),
        selectorOf: (targetId, ref) => trees.selectorOf(targetId, ref),
        endStuckReads: (targetId) => bridge.endStuckReads(targetId),
        debuggingEndpoints: () => Promise.resolve(this.#debuggingEndpoints()),
        limits,
        idleMs: this.parts.spares.usedMs,
        onDenied: (what) => log.write("warn", "denied", `readonly-exec was denied ${what}`),
      });
    }
    return this.#readonly;
  }

  /** Where a GET could do harm: the debugging ports of every browser on record, of whatever workspace. */
  #debuggingEndpoints(): DebuggingEndpoint[] {
    const { state, env } = this.parts;
    const own = { cdpEndpoint: state.cdpEndpoint, port: state.port };
    return [own, ...readIndex(env).map((record) => record.entry)].flatMap(({ cdpEndpoint, port }) =>
      cdpEndpoint === null
        ? []
        : [{ host: new URL(cdpEndpoint).hostname, port: port ?? (cdpEndpoint.startsWith("wss:") ? 443 : 80) }],
    );
  }
}

/** The interpreter knows nothing of the session that its refusal is to name. */
function denied(error: LibrettoError, state: Refused): LibrettoError {
  if (state.mode === "write-access")
    return new LibrettoError(
      error.code,
      error.message,
      `Drive the page with \`libretto exec --session ${state.session} <code>\`.`,
      { cause: error },
    );
  const [hint, more] = nextStep("Keep to what reads", state);
  return new LibrettoError(error.code, error.message, hint, { cause: error, ...more });
}
