/**
 * The lock of the wire (S25). What drives is cut off first; what it had sent before is then given its time, since a
 * command that the browser has taken cannot be taken back: a navigation is stopped, input and scripts that a busy
 * page has not come to are waited for, and what does not answer in time is told.
 */
import { LibrettoError } from "../../util/errors.js";
import type { ChannelOptions, ChannelSession } from "./channel.js";
import { HeldChannel } from "./heldChannel.js";
import type { SendCommand, WireMessage } from "./message.js";
import { trivial } from "./quietReads.js";
import { settingsOf } from "./pageSettings.js";
import type { WireChannel } from "./wireChannel.js";

/** What the lock of a wire found and left. Pages are named by the ids of their targets; the browser itself is "". */
export interface LockReport {
  /** Pages whose open navigation was stopped. */
  stopped: string[];
  /** Pages that did not answer in time: what was sent to them before may still happen. */
  silent: { targetId: string; because: "dialog" | "busy" }[];
  /** Pages in which a script that was sent before runs on; it is the page's own from now on. */
  running: string[];
  /** What code had set in pages and what stays as it is, such as `viewport`; for people. */
  kept: string[];
  /** What code had set in pages and what ended with it, such as `routes`; for people. */
  dropped: string[];
}

const defaultTimeoutMs = 1_200;

export interface GateHooks {
  channels(): WireChannel[];
  /** Commands of a channel that the browser has not answered. */
  pending(channel: WireChannel): WireMessage[];
  command: SendCommand;
  /** Detaches everything of the channel. */
  detach(channel: WireChannel): void;
}

const lockedReason = "the session was made read-only";
const navigations = new Set(["Page.navigate", "Page.reload", "Page.navigateToHistoryEntry"]);
/** Scripts of targets whose promise may take as long as it likes. */
const scripts = new Set(["Runtime.evaluate", "Runtime.callFunctionOn", "Runtime.awaitPromise"]);

export class Gate {
  #isLocked = false;
  readonly #held = new Map<WireChannel, HeldChannel>();
  readonly #waiting = new Set<() => void>();

  constructor(private readonly hooks: GateHooks) {}

  /** @throws `RefusedByMode` for a channel that drives, while locked */
  assertMayOpen({ kind, outlivesLock }: ChannelOptions): void {
    if (this.#isLocked && kind === "drives" && outlivesLock !== true) throw lockedWire();
  }

  unlock(): void {
    this.#isLocked = false;
  }

  async lock({ timeoutMs = defaultTimeoutMs }: { timeoutMs?: number } = {}): Promise<LockReport> {
    this.#isLocked = true;
    const channels = this.hooks
      .channels()
      .filter(({ kind, outlivesLock, isOpen }) => kind === "drives" && !outlivesLock && isOpen);
    for (const channel of channels) channel.isOpen = false;
    const deadline = Date.now() + timeoutMs;
    const found: Found = { stopped: new Set(), silent: new Map() };
    await Promise.all(channels.map((channel) => this.#settle(channel, deadline, found)));
    const { stopped, silent } = found;
    const report: LockReport = {
      stopped: [...stopped],
      silent: [...silent].map(([targetId, because]) => ({ targetId, because })),
      running: [...new Set(channels.flatMap((channel) => this.#running(channel)))].filter((id) => !silent.has(id)),
      kept: [],
      dropped: [],
    };
    const settings = channels.flatMap((channel) => [...channel.sessions.values()].map(settingsOf));
    report.kept = [...new Set(settings.flatMap(({ kept }) => kept))];
    report.dropped = [...new Set(settings.flatMap(({ dropped }) => dropped))];
    for (const channel of channels) this.#release(channel);
    return report;
  }

  /** A command of a channel was answered, or never will be. */
  answered(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Keeps what channels that were cut off hold as what was set since. */
  mirror(session: ChannelSession, method: string, params: Record<string, unknown>): void {
    for (const held of this.#held.values()) held.follow(session, method, params);
  }

  /** An event of a channel's session has come. */
  saw(channel: WireChannel, message: WireMessage): void {
    if (channel.kind !== "drives") return;
    const session = channel.sessions.get(message.sessionId ?? "");
    if (session) noteProgress(session, message);
    if (channel.isOpen) return;
    this.#held.get(channel)?.saw(message);
    this.answered();
  }

  /** The channel's sessions are gone. */
  forget(channel: WireChannel): void {
    this.#held.delete(channel);
  }

  /** Waits until what the channel had sent has taken effect. */
  async #settle(channel: WireChannel, deadline: number, report: Found): Promise<void> {
    for (const session of channel.sessions.values())
      if (session.waiting) this.hooks.command("Runtime.runIfWaitingForDebugger", {}, session.sessionId);
    const stopped = new Set<string>();
    const unanswered = new Set<ChannelSession>();
    // What was answered may have begun a navigation, and a page tells of one a moment later: two rounds find it.
    for (let quiet = 0; quiet < 2 && Date.now() < deadline;) {
      for (const session of this.#navigating(channel)) {
        const navigation = `${session.sessionId} ${[...session.navigating].join(" ")}`;
        if (stopped.has(navigation)) continue;
        stopped.add(navigation);
        report.stopped.add(session.pageId);
        this.hooks.command("Page.stopLoading", {}, session.sessionId);
      }
      for (const session of channel.sessions.values()) {
        if (!session.used || session.type === "browser" || unanswered.has(session)) continue;
        unanswered.add(session);
        this.hooks.command("Runtime.evaluate", trivial, session.sessionId, () => {
          unanswered.delete(session);
          this.answered();
        });
      }
      const isBusy = (): boolean =>
        [...unanswered].some((session) => channel.sessions.has(session.sessionId)) || this.#effects(channel).length > 0;
      const came = await this.#until(() => !isBusy() || this.#unstopped(channel, stopped), deadline);
      quiet = came && !isBusy() && this.#navigating(channel).length === 0 ? quiet + 1 : 0;
      if (came && !isBusy() && this.#navigating(channel).length > 0 && !this.#unstopped(channel, stopped))
        await this.#until(() => this.#navigating(channel).length === 0, deadline);
    }
    const late = [...unanswered, ...this.#navigating(channel)].filter(({ sessionId }) =>
      channel.sessions.has(sessionId),
    );
    for (const { sessionId } of this.#effects(channel)) {
      const session = channel.sessions.get(sessionId ?? "");
      if (session) late.push(session);
    }
    for (const { pageId } of late) {
      const dialog = [...channel.sessions.values()].some((session) => session.pageId === pageId && session.dialog);
      report.silent.set(pageId, dialog ? "dialog" : "busy");
    }
  }

  /** Commands that the browser has not answered and that may act when it comes to them. */
  #effects(channel: WireChannel): WireMessage[] {
    return this.hooks.pending(channel).filter(({ method = "" }) => !scripts.has(method));
  }

  #navigating(channel: WireChannel): ChannelSession[] {
    const asked = new Set(
      this.hooks
        .pending(channel)
        .filter(({ method = "" }) => navigations.has(method))
        .map(({ sessionId }) => sessionId),
    );
    return [...channel.sessions.values()].filter(
      ({ sessionId, navigating, used }) => asked.has(sessionId) || (used && navigating.size > 0),
    );
  }

  #unstopped(channel: WireChannel, stopped: ReadonlySet<string>): boolean {
    return this.#navigating(channel).some(
      ({ sessionId, navigating }) => !stopped.has(`${sessionId} ${[...navigating].join(" ")}`),
    );
  }

  /** @returns whether it came true in time */
  #until(condition: () => boolean, deadline: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (result: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(result);
      };
      const look = (): void => {
        if (condition()) done(true);
      };
      const timer = setTimeout(() => done(condition()), Math.max(0, deadline - Date.now()));
      this.#waiting.add(look);
    });
  }

  #running(channel: WireChannel): string[] {
    return this.hooks
      .pending(channel)
      .filter(({ method = "" }) => scripts.has(method))
      .flatMap(({ sessionId }) => channel.sessions.get(sessionId ?? "")?.pageId ?? []);
  }

  /** Lets the channel's sessions go, but for those that hold what its pages were made to be. */
  #release(channel: WireChannel): void {
    const held = HeldChannel.of(channel, (method, params, sessionId) => this.hooks.command(method, params, sessionId));
    if (held) this.#held.set(channel, held);
    else this.hooks.detach(channel);
    channel.ended(lockedReason);
  }
}

function lockedWire(): LibrettoError {
  return new LibrettoError(
    "RefusedByMode",
    "The session is read-only: nothing that drives a page is sent.",
    "`libretto session-mode` shows the mode.",
  );
}

interface Found {
  stopped: Set<string>;
  silent: Map<string, "dialog" | "busy">;
}

function noteProgress(session: ChannelSession, { method = "", params = {} }: WireMessage): void {
  switch (method) {
    case "Page.frameStartedNavigating":
      if (!/samedocument/i.test(String(params["navigationType"]))) session.navigating.add(String(params["frameId"]));
      break;
    case "Page.frameNavigated":
      session.navigating.delete((params["frame"] as { id: string }).id);
      break;
    case "Page.frameStoppedLoading":
    case "Page.frameDetached":
      session.navigating.delete(String(params["frameId"]));
      break;
    case "Page.javascriptDialogOpening":
      session.dialog = true;
      break;
    case "Page.javascriptDialogClosed":
      session.dialog = false;
  }
}
