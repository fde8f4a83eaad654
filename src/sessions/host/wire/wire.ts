/**
 * The host's one connection to the browser (S22), shared by channels. Each channel has a browser session of its own
 * (`Target.attachToBrowserTarget`), below which it attaches to targets as if it were alone. The ids of commands are
 * the wire's; who a message is for is known by the session that it names.
 */
import { randomInt } from "node:crypto";
import { LibrettoError } from "../../util/errors.js";
import type { Channel, ChannelOptions, ChannelSession } from "./channel.js";
import { Dialogs } from "./dialogs.js";
import { isFarBrowser } from "./farBrowser.js";
import { Gate, type LockReport } from "./gate.js";
import { mainFrameIn, MainFrames } from "./mainFrames.js";
import { parseMessage, type WireMessage } from "./message.js";
import { noteSetting } from "./pageSettings.js";
import type { Transport } from "./transport.js";
import { WireChannel } from "./wireChannel.js";

/** What Chromium answers to a session that it does not know. */
const noSuchSession = { code: -32001, message: "Session with given id not found." };
const notABrowser = "what answers there is not a browser";
const locked = { code: -32000, message: "The session is read-only: nothing that drives a page is sent." };

/** As `Page.frameNavigated` would say it. */
const prerendered = "PrerenderActivation";

interface Command {
  channel: WireChannel | undefined;
  /** Its id in its channel. */
  id: number | undefined;
  message: WireMessage;
  answered: ((message: WireMessage) => void) | undefined;
}

export interface WireOptions {
  /** Hears of each session that a channel begins with, before anything is sent there. */
  noteSession?: (sessionId: string) => void;
}

export class Wire {
  readonly #channels = new Set<WireChannel>();
  /** By session, who attached to it; a channel that a lock has cut off keeps some. */
  readonly #owners = new Map<string, WireChannel>();
  readonly #commands = new Map<number, Command>();
  readonly #closeListeners: ((reason: string) => void)[] = [];
  readonly #gate: Gate;
  readonly #mainFrames = new MainFrames();
  readonly #isFar: boolean;
  /** What pages ask. */
  readonly dialogs: Dialogs;
  /** Answers to what an earlier host asked carry other numbers. */
  #nextId = randomInt(1, 2 ** 29);
  #isTakingOver = false;
  #heardAt = performance.now();
  #ended: string | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly options: WireOptions = {},
  ) {
    this.#isFar = isFarBrowser(transport.address);
    transport.onmessage = (text) => this.#received(text);
    transport.onclose = (reason) => this.#end(reason);
    this.#gate = new Gate({
      channels: () => [...this.#channels],
      pending: (channel) =>
        [...this.#commands.values()].filter((command) => command.channel === channel).map(({ message }) => message),
      command: (method, params, sessionId, answered) => this.#command(method, params, sessionId, answered),
      detach: (channel) => this.#closeChannel(channel),
    });
    this.dialogs = new Dialogs({
      isAttended: (pageId) => [...this.#channels].some((channel) => channel.attends(pageId)),
      command: (method, params, sessionId, answered) => {
        if (this.#ended === undefined) this.#command(method, params, sessionId, answered);
      },
    });
  }

  /** Where the browser is, for people. */
  get address(): string {
    return this.transport.address;
  }

  /**
   * Cuts off what drives, at once, and then waits, for `timeoutMs` at most, until what was sent before has taken
   * effect; what has not is in the report. Until `unlock`, no channel that drives can be opened.
   */
  async lock(options?: { timeoutMs?: number }): Promise<LockReport> {
    const report = await this.#gate.lock(options);
    this.dialogs.settle();
    return report;
  }

  unlock(): void {
    this.#gate.unlock();
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Hears once, when the browser or the connection to it has ended. @param listener gets why, in one line without a full stop */
  onClose(listener: (reason: string) => void): void {
    const reason = this.#ended;
    if (reason === undefined) this.#closeListeners.push(listener);
    else queueMicrotask(() => listener(reason));
  }

  /**
   * @throws `RefusedByMode` for one that drives while the wire is locked, `EndpointUnreachable` where the browser is gone
   */
  async openChannel(options: ChannelOptions): Promise<Channel> {
    this.#gate.assertMayOpen(options);
    const sessionId = await new Promise<string>((resolve, reject) => {
      const unreachable = (why: string): void =>
        reject(
          new LibrettoError(
            "EndpointUnreachable",
            `No browser answers at ${this.address}: ${why}`,
            "`libretto list` shows which sessions are alive.",
          ),
        );
      if (this.#ended !== undefined) return unreachable(this.#ended);
      this.onClose(unreachable);
      if (this.#channels.size === 0)
        this.#command("Browser.getVersion", {}, undefined, ({ result }) => {
          const { product } = (result ?? {}) as { product?: unknown };
          this.dialogs.isShell = typeof product === "string" && product.startsWith("Headless");
        });
      this.#command("Target.attachToBrowserTarget", {}, undefined, ({ result, error }) => {
        this.#closeListeners.splice(this.#closeListeners.indexOf(unreachable), 1);
        const attached = (result as { sessionId?: unknown } | undefined)?.sessionId;
        if (typeof attached === "string") resolve(attached);
        else unreachable(error?.message ?? "it is not a browser");
      });
    });
    this.options.noteSession?.(sessionId);
    const channel = new WireChannel(
      options,
      sessionId,
      {
        send: (from, message, sent) => this.#forward(from, message, sent),
        close: (from) => this.#closeChannel(from),
        buffered: () => this.transport.buffered,
      },
      this.#isFar,
    );
    this.#channels.add(channel);
    this.#owners.set(sessionId, channel);
    return channel;
  }

  /**
   * Takes the browser over from a host that died: what is still on its way to that one is dropped, and its sessions are
   * detached, of which one that waits for a debugger would hold up every new page.
   * @param sessionIds what `noteSession` heard there
   */
  async takeOver(sessionIds: readonly string[]): Promise<void> {
    this.#isTakingOver = true;
    for (const sessionId of sessionIds) this.#command("Target.detachFromTarget", { sessionId }, undefined);
    // A message that was cut off has no end and swallows the next one: the answer to the first question at most.
    this.#command("Browser.getVersion", {}, undefined);
    await new Promise<void>((resolve) => {
      this.onClose(() => resolve());
      this.#command("Browser.getVersion", {}, undefined, () => resolve());
    });
    this.#isTakingOver = false;
    this.#commands.clear();
  }

  /** When the browser last said anything, of a clock that nobody sets, in ms. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Asks the browser for a sign of life. Resolves when it answers, and not before. */
  ping(): Promise<void> {
    return new Promise((resolve) => this.#command("Browser.getVersion", {}, undefined, () => resolve()));
  }

  /** Gives the browser up, as if it had ended. @param reason in one line, without a full stop */
  giveUp(reason: string): void {
    this.transport.close();
    this.#end(reason);
  }

  /** Ends the connection; the browser goes on. */
  close(): void {
    if (this.transport.outlivesHost) for (const channel of [...this.#channels]) this.#closeChannel(channel);
    this.transport.close();
    this.#end("the connection to the browser was closed");
  }

  #forward(channel: WireChannel, message: WireMessage, sent: (() => void) | undefined): void {
    const { id, sessionId, method = "" } = message;
    const session = channel.sessions.get(sessionId ?? channel.root);
    const refused = !channel.isOpen ? locked : session === undefined ? noSuchSession : undefined;
    if (refused || !session || this.#ended !== undefined) {
      sent?.();
      if (id !== undefined && this.#ended === undefined)
        setImmediate(() =>
          channel.onmessage({
            id,
            error: refused ?? noSuchSession,
            ...(sessionId === undefined ? {} : { sessionId }),
          }),
        );
      return;
    }
    session.used = true;
    if (method === "Page.enable" || method === "Page.disable") session.listens = method === "Page.enable";
    if (method === "Runtime.runIfWaitingForDebugger") session.waiting = false;
    if (channel.kind === "drives") {
      noteSetting(session, method, message.params ?? {});
      this.#gate.mirror(session, method, message.params ?? {});
    }
    const wireId = this.#nextId++;
    const command = this.#mainFrames.outbound(
      { ...message, id: wireId, sessionId: session.sessionId },
      session.targetId,
    );
    this.#commands.set(wireId, { channel, id, message: command, answered: undefined });
    this.transport.send(JSON.stringify(command), sent);
  }

  /** Sends a command of the wire's own. */
  #command(
    method: string,
    params: Record<string, unknown>,
    sessionId: string | undefined,
    answered?: (message: WireMessage) => void,
  ): void {
    const id = this.#nextId++;
    const message = { id, method, params, ...(sessionId === undefined ? {} : { sessionId }) };
    this.#commands.set(id, { channel: undefined, id: undefined, message, answered });
    this.transport.send(JSON.stringify(message));
  }

  #received(text: string): void {
    this.#heardAt = performance.now();
    const message = parseMessage(text);
    if (!message) {
      if (!this.#isTakingOver) this.giveUp(notABrowser);
      return;
    }
    try {
      this.#receive(message, text);
    } catch (error) {
      // Who hears of it takes events as browsers send them. Another machine may send others, and that ends no host.
      if (!this.#isFar) throw error;
      this.giveUp(notABrowser);
    }
  }

  #receive(said: WireMessage, text: string): void {
    const from = this.#owners.get(said.sessionId ?? "")?.sessions.get(said.sessionId ?? "");
    if (from?.type === "page") this.#learnMainFrame(from, said);
    const message = this.#mainFrames.inbound(said, text);
    if (message.id !== undefined) {
      const command = this.#commands.get(message.id);
      if (!command) return;
      this.#commands.delete(message.id);
      command.answered?.(said);
      const { channel, id } = command;
      if (!channel) return;
      this.#gate.answered();
      if (id !== undefined) channel.deliver({ ...message, id });
      return;
    }
    const channel = this.#owners.get(message.sessionId ?? "");
    const { method, params } = message;
    if (method === "Target.attachedToTarget" && channel) this.#attached(channel, message);
    else if (method === "Target.detachedFromTarget") this.#detached(String(params?.["sessionId"]));
    if (!channel) return;
    this.#gate.saw(channel, message);
    const session = channel.sessions.get(message.sessionId ?? "");
    if (session === undefined || !this.dialogs.receive(session, message)) channel.deliver(message);
  }

  /** Nothing tells that the browser shows a page that it had prerendered, but that a frame nobody knows has loaded. */
  #learnMainFrame(session: ChannelSession, message: WireMessage): void {
    const { sessionId, targetId } = session;
    const named = mainFrameIn(message);
    if (named) {
      this.#mainFrames.learn(targetId, named.id);
      if (message.method !== undefined) session.mainFrame = named.id;
      return;
    }
    const { method } = message;
    if (!session.existed || session.asksMainFrame) return;
    if (method !== "Runtime.executionContextsCleared" && method !== "Page.frameStoppedLoading") return;
    this.#askMainFrame(session, (frame) =>
      this.#owners.get(sessionId)?.deliver({
        method: "Page.frameNavigated",
        params: { frame: { ...frame, id: targetId }, type: prerendered },
        sessionId,
      }),
    );
  }

  #askMainFrame(session: ChannelSession, changed?: (frame: { id: string }) => void): void {
    session.asksMainFrame = true;
    this.#command("Page.getFrameTree", {}, session.sessionId, (answer) => {
      session.asksMainFrame = false;
      const frame = mainFrameIn(answer);
      if (!frame) return;
      const before = session.mainFrame;
      session.mainFrame = frame.id;
      if (before !== undefined && before !== frame.id) changed?.(frame);
    });
  }

  #attached(channel: WireChannel, { params, sessionId: parent }: WireMessage): void {
    const sessionId = String(params?.["sessionId"]);
    const { targetId, type } = params?.["targetInfo"] as { targetId: string; type: string };
    const above = channel.sessions.get(parent ?? "");
    const waiting = params?.["waitingForDebugger"] === true;
    channel.add({
      sessionId,
      targetId,
      type,
      waiting,
      pageId: above === undefined || above.type === "browser" ? targetId : above.pageId,
    });
    this.#owners.set(sessionId, channel);
    const session = channel.sessions.get(sessionId);
    if (type !== "page" || waiting || !session) return;
    session.existed = true;
    this.#askMainFrame(session);
    // What the browser prerenders from now on could not be told from a page that loads.
    this.#command("Page.setPrerenderingAllowed", { isAllowed: false }, sessionId);
  }

  #detached(sessionId: string): void {
    const channel = this.#owners.get(sessionId);
    if (!channel) return;
    this.#owners.delete(sessionId);
    channel.sessions.delete(sessionId);
    this.dialogs.settle([sessionId]);
    // The browser answers some of what was sent there never.
    for (const [id, { message }] of this.#commands)
      if (message.sessionId === sessionId) {
        this.#commands.delete(id);
        this.#gate.answered();
      }
    if (sessionId === channel.root) this.#forget(channel, "the browser ended the session");
  }

  #closeChannel(channel: WireChannel): void {
    if (!this.#channels.has(channel)) return;
    this.#forget(channel);
    if (this.#ended === undefined) this.#command("Target.detachFromTarget", { sessionId: channel.root }, undefined);
  }

  #forget(channel: WireChannel, reason?: string): void {
    this.#channels.delete(channel);
    this.#gate.forget(channel);
    for (const sessionId of channel.sessions.keys()) this.#owners.delete(sessionId);
    for (const [id, command] of this.#commands) if (command.channel === channel) this.#commands.delete(id);
    this.dialogs.settle(channel.sessions.keys());
    channel.ended(reason);
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const channel of [...this.#channels]) this.#forget(channel, reason);
    this.#commands.clear();
    for (const listener of this.#closeListeners.splice(0)) listener(reason);
  }
}
