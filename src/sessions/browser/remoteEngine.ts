/**
 * What lends browsers that run elsewhere. A session needs three functions of it; a Selenium Grid fills them
 * (`grid.ts`), and whatever else lends browsers with a CDP endpoint can.
 */

/** How the engine's session is named, there and on record. */
export interface Lease {
  /** Address of the engine, without credentials. */
  url: string;
  /** What we called it; on record before it is asked for. */
  name: string;
  /** What the engine calls it; absent while it is asked for. Whoever knows it can drive the browser. */
  id?: string | undefined;
}

export interface LeaseRequest {
  url: string;
  name: string;
  /** Merged into what is asked for. */
  capabilities: Record<string, unknown>;
  /** How long to wait for a free slot, in ms. */
  queueTimeoutMs: number;
  /** Gives up; nothing stays taken. */
  signal: AbortSignal;
  /** Hears, in a line for people, where the request waits; only when that changes. */
  onWaiting(line: string): void;
}

export interface LentBrowser {
  id: string;
  /** The browser's websocket. */
  cdpEndpoint: string;
  /** After so long without a message the engine ends the session, in ms. */
  sessionTimeoutMs: number;
  /** Where it runs, for people; undefined where the engine does not tell. */
  node: string | undefined;
  /** Whether files that the browser downloads can be fetched from the engine. */
  hasDownloads: boolean;
}

/** `unknown`: the engine itself does not answer, and may again. Reasons are one line, without a full stop. */
export type Presence = { state: "there" } | { state: "gone"; reason: string } | { state: "unknown"; reason: string };

export interface RemoteEngine {
  /** @throws `BrowserFailed`, `EndpointUnreachable`, `TimedOut` for a queue that took too long, `Interrupted` */
  create(request: LeaseRequest): Promise<LentBrowser>;
  /**
   * Ends the browser and frees its slot; one without an id is looked for by its name.
   * @returns whether it was there
   * @throws `EndpointUnreachable` where the engine does not answer: the slot may still be taken
   */
  end(lease: Lease): Promise<boolean>;
  whyGone(lease: Lease): Promise<Presence>;
}
