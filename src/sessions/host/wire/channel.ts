/** One user of the wire, with sessions of its own in the browser: the host itself, its reads, `exec`, a workflow. */
import type { WireMessage } from "./message.js";

export interface ChannelOptions {
  /** Whether what goes over it may act on pages. A lock cuts off what drives. */
  kind: "reads" | "drives";
  /** For messages and for the log. */
  name: string;
  /** Of one that drives: a workflow, which no mode binds. */
  outlivesLock?: boolean;
}

/** As Playwright's `ConnectOverCDPTransport`. To its user it looks like a connection to the browser. */
export interface Channel extends ChannelOptions {
  onmessage: (message: WireMessage) => void;
  /** Called once, unless `close` was. @param reason in one line, without a full stop */
  onclose: (reason: string) => void;
  /** @param sent called when the system has taken it, or it is lost */
  send(message: WireMessage, sent?: () => void): void;
  /** Whether paths of this machine mean nothing to the browser. */
  readonly isFar: boolean;
  /** Bytes on their way to the browser, of every channel. */
  readonly buffered: number;
  /** Detaches what it had attached to; the browser goes on. */
  close(): void;
}

/** A target that a channel is attached to. */
export interface ChannelSession {
  sessionId: string;
  targetId: string;
  /** `page`, `iframe`, `worker`, …; `browser` for the channel's own. */
  type: string;
  /** The page that it belongs to, as the id of its target. */
  pageId: string;
  /** Whether the target waits for its debugger to let it go. */
  waiting: boolean;
  /** Whether a command was ever sent to it. */
  used: boolean;
  /** Frames whose navigation has begun and not come to a document. */
  navigating: Set<string>;
  /** Whether the `Page` domain is on there, so that the browser tells it of dialogs. */
  listens: boolean;
  /** Whether a dialog of its page waits for an answer. */
  dialog: boolean;
  /** Whether its page was there before the session. */
  existed?: boolean;
  /** What the browser calls the main frame of its page. */
  mainFrame?: string;
  asksMainFrame?: boolean;
  /** What was set there that ends with the session. */
  settings: Map<string, WireMessage>;
}
