/**
 * The ids of pages' main frames. A main frame has the id of its page's target, and clients count on it; but not
 * after the browser showed a page that it had prerendered: the target stays, and its main frame is another. Here it
 * keeps the target's id in what goes over the wire.
 * @see https://chromium.googlesource.com/chromium/src/+/main/content/browser/preloading/prerender/README.md
 */
import type { WireMessage } from "./message.js";

interface Frame {
  id: string;
  parentId?: string;
  loaderId?: string;
}

export class MainFrames {
  /** By the browser's id, the target that is said instead. */
  readonly #targets = new Map<string, string>();
  /** By target, the browser's id of its main frame where it is another. */
  readonly #frames = new Map<string, string>();

  /** @param frameId what the browser calls the main frame of that target */
  learn(targetId: string, frameId: string): void {
    if (frameId === targetId) return void this.#frames.delete(targetId);
    this.#frames.set(targetId, frameId);
    this.#targets.set(frameId, targetId);
  }

  /** A message of the browser as clients hear it. */
  inbound(message: WireMessage, text: string): WireMessage {
    if (this.#targets.size === 0) return message;
    let changed = text;
    for (const [frameId, targetId] of this.#targets) changed = changed.replaceAll(`"${frameId}"`, `"${targetId}"`);
    return changed === text ? message : (JSON.parse(changed) as WireMessage);
  }

  /** A client's message as the browser takes it. */
  outbound(message: WireMessage, targetId: string): WireMessage {
    const frameId = this.#frames.get(targetId);
    return frameId === undefined || message.params?.["frameId"] !== targetId
      ? message
      : { ...message, params: { ...message.params, frameId } };
  }
}

/** The main frame that a message of a page's session names; undefined where it names none. */
export function mainFrameIn({ method, params, result }: WireMessage): Frame | undefined {
  const frame =
    method === "Page.frameNavigated"
      ? (params?.["frame"] as Frame | undefined)
      : (result as { frameTree?: { frame?: Frame } } | undefined)?.frameTree?.frame;
  return typeof frame?.id === "string" && frame.parentId === undefined ? frame : undefined;
}
