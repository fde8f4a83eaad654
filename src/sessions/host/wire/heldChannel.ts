/**
 * What is left of a channel that a lock cut off: the sessions in which code had set what its pages are to be (offline,
 * a viewport), without anything that waits for an answer of the code's.
 */
import type { ChannelSession } from "./channel.js";
import type { WireMessage } from "./message.js";
import { isPageSetting, noteSetting, settingsOf } from "./pageSettings.js";
import type { WireChannel } from "./wireChannel.js";

type Send = (method: string, params: Record<string, unknown>, sessionId: string) => void;

export class HeldChannel {
  private constructor(
    private readonly channel: WireChannel,
    private readonly send: Send,
  ) {
    for (const session of channel.sessions.values())
      if (session.type !== "browser") {
        if (settingsOf(session).kept.length > 0) this.#calm(session);
        else this.#letGo(session.sessionId);
      }
  }

  /** @returns undefined where nothing is to be held */
  static of(channel: WireChannel, send: Send): HeldChannel | undefined {
    const holds = [...channel.sessions.values()].some((session) => settingsOf(session).kept.length > 0);
    return holds ? new HeldChannel(channel, send) : undefined;
  }

  /** An event of one of its sessions: what the browser attaches to it is let go. */
  saw({ method, params }: WireMessage): void {
    if (method === "Target.attachedToTarget") this.#letGo(String(params?.["sessionId"]));
  }

  /** Code that drives again changes, in a session of its own, what is held here: the later one counts. */
  follow({ targetId }: ChannelSession, method: string, params: Record<string, unknown>): void {
    if (!isPageSetting(method)) return;
    for (const held of this.channel.sessions.values()) {
      if (held.targetId !== targetId || settingsOf(held).kept.length === 0) continue;
      noteSetting(held, method, params);
      this.send(method, params, held.sessionId);
    }
  }

  /** Turns off what would keep a page waiting, or tell of it to nobody. */
  #calm({ sessionId, settings }: ChannelSession): void {
    const methods = [...settings.values()].map(({ method }) => method);
    // It lets go of the requests that wait for a route, too.
    if (methods.includes("Fetch.enable")) {
      this.send("Fetch.disable", {}, sessionId);
      this.send("Network.setCacheDisabled", { cacheDisabled: false }, sessionId);
    }
    for (const domain of ["Runtime", "Log"]) this.send(`${domain}.disable`, {}, sessionId);
    // Nobody hears of its events any more; init scripts go with the domain.
    if (!methods.includes("Page.addScriptToEvaluateOnNewDocument")) this.send("Page.disable", {}, sessionId);
  }

  #letGo(sessionId: string): void {
    this.send("Runtime.runIfWaitingForDebugger", {}, sessionId);
    this.send("Target.detachFromTarget", { sessionId }, this.channel.root);
  }
}
