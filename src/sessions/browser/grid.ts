/** Browsers from a Selenium Grid 4 (S30): created by WebDriver, then driven by the browser's own CDP endpoint. */
import { cdpAddress } from "../model/gridAddress.js";
import type { Environment } from "../util/environment.js";
import { LibrettoError, nobodyWaits } from "../util/errors.js";
import { GridHttp, GridSilent, type GridAnswer } from "./gridHttp.js";
import type { Lease, LeaseRequest, LentBrowser, Presence, RemoteEngine } from "./remoteEngine.js";

/** How long the Grid may take to answer what it knows, and to end a browser, in ms. */
const maxWaitMs = { look: 5_000, end: 20_000 };
/** How often the queue is looked at. */
const queueLookMs = 1_000;
/** What a Grid is set to where it does not tell. */
const defaultSessionTimeoutMs = 300_000;
/** Browsers that have a CDP endpoint. */
const chromiumNames = ["chrome", "chromium", "microsoftedge", "msedge"];

interface Slot {
  session: { sessionId: string; capabilities?: Record<string, unknown> } | null;
  stereotype: Record<string, unknown>;
}

interface Node {
  uri: string;
  availability: string;
  sessionTimeout?: number;
  slots: Slot[];
}

/** @param env where credentials come from */
export function gridAt(url: string, env: Environment): Grid {
  return new Grid(new GridHttp(url, env));
}

export class Grid implements RemoteEngine {
  constructor(private readonly http: GridHttp) {}

  async create(request: LeaseRequest): Promise<LentBrowser> {
    const { name, signal } = request;
    const capabilities = withDefaults(request);
    const nodes = await this.#nodes(signal).catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    // A node without managed downloads is no match for a request that asks for them.
    if (nodes.some(({ slots }) => slots.some(({ stereotype }) => stereotype["se:downloadsEnabled"] === true)))
      capabilities["se:downloadsEnabled"] ??= true;
    const queued = new AbortController();
    const giveUp = (): void => queued.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    const stopTelling = this.#tellOfQueue(request, String(capabilities["browserName"]));
    let answer: GridAnswer;
    try {
      answer = await this.http.ask("POST", "/session", {
        body: { capabilities: { alwaysMatch: capabilities, firstMatch: [{}] } },
        timeoutMs: request.queueTimeoutMs,
        signal: queued.signal,
      });
    } catch (error) {
      // The Grid drops the request with its connection; a proxy between may keep it.
      const waited = stopTelling();
      await this.#settle(name);
      if (signal.aborted) throw nobodyWaits();
      if (error instanceof GridSilent && error.timedOut) throw noSlot(request, waited);
      throw this.#unreachable(error);
    } finally {
      stopTelling();
      signal.removeEventListener("abort", giveUp);
    }
    return this.#lent(request, answer);
  }

  async #lent({ url, name, signal }: LeaseRequest, { status, body }: GridAnswer): Promise<LentBrowser> {
    const value = valueOf(body);
    const { sessionId, capabilities } = value as { sessionId?: unknown; capabilities?: Record<string, unknown> };
    if (status !== 200 || typeof sessionId !== "string") throw notCreated(url, status, value);
    const lease: Lease = { url, name, id: sessionId };
    const named = capabilities?.["se:cdp"];
    if (typeof named !== "string") {
      await this.end(lease);
      throw new LibrettoError(
        "BrowserFailed",
        `The Grid's ${String(capabilities?.["browserName"])} has no CDP endpoint.`,
        "Ask for Chrome, Chromium or Edge, and let the Grid's nodes offer CDP (--enable-cdp).",
      );
    }
    const nodes = await this.#nodes(signal).catch(() => []);
    const node = nodes.find(({ slots }) => slots.some(({ session }) => session?.sessionId === sessionId));
    if (signal.aborted) {
      await this.end(lease);
      throw nobodyWaits();
    }
    return {
      id: sessionId,
      cdpEndpoint: cdpAddress(url, named, sessionId),
      sessionTimeoutMs: node?.sessionTimeout ?? defaultSessionTimeoutMs,
      node: node?.uri,
      hasDownloads: capabilities?.["se:downloadsEnabled"] === true,
    };
  }

  async end({ name, id }: Lease): Promise<boolean> {
    try {
      const ids = id === undefined ? await this.#idsOf(name) : [id];
      const ended = await Promise.all(ids.map((each) => this.#delete(each)));
      return ended.includes(true);
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  /** @returns whether the session was there */
  async #delete(id: string): Promise<boolean> {
    const { status, body } = await this.http.ask("DELETE", `/session/${id}`, { timeoutMs: maxWaitMs.end });
    if (status === 200) return true;
    const { message } = problemOf(body);
    // A node that is gone took its slots with it.
    if (status === 404 || isNodeGone(message)) return false;
    throw new GridSilent(`it answered ${status}${message === "" ? "" : `: ${message}`}`);
  }

  async whyGone({ id }: Lease): Promise<Presence> {
    if (id === undefined) return { state: "gone", reason: "it was never created" };
    // Asks the browser itself, and none of its pages: one may be busy, or show a dialog.
    const path = `/session/${id}/window/handles`;
    try {
      const { status, body } = await this.http.ask("GET", path, { timeoutMs: maxWaitMs.look });
      const { error, message } = problemOf(body);
      if (status === 502 || status === 503 || status === 504)
        return { state: "unknown", reason: `it answered ${status}` };
      if (isNodeGone(message)) return { state: "gone", reason: message };
      if (status !== 404 || error !== "invalid session id") return { state: "there" };
      return { state: "gone", reason: (await this.#removalReason(id)) ?? message };
    } catch (error) {
      if (error instanceof GridSilent) return { state: "unknown", reason: error.message };
      throw error;
    }
  }

  /** Ids and names of all that has a slot. */
  async held(): Promise<Set<string>> {
    const sessions = (await this.#nodes()).flatMap(({ slots }) => slots.flatMap(({ session }) => session ?? []));
    return new Set(sessions.flatMap(({ sessionId, capabilities }) => [sessionId, text(capabilities?.["se:name"])]));
  }

  /** Names of the files that the browser has downloaded. */
  async downloads(id: string): Promise<string[]> {
    const { body } = await this.http.ask("GET", `/session/${id}/se/files`, { timeoutMs: maxWaitMs.look });
    const { names } = valueOf(body) as { names?: unknown };
    return Array.isArray(names) ? names.map(String) : [];
  }

  /** One of them, as the Grid sends it: a zip archive with one file. */
  async download(id: string, name: string): Promise<Buffer> {
    const { status, body } = await this.http.ask("POST", `/session/${id}/se/files`, {
      body: { name },
      timeoutMs: 120_000,
    });
    const { contents } = valueOf(body) as { contents?: unknown };
    if (typeof contents !== "string") throw new Error(`it answered ${status}: ${problemOf(body).message}`);
    return Buffer.from(contents, "base64");
  }

  /** The Grid notes why it removed a session a moment after it no longer finds it. */
  async #removalReason(id: string): Promise<string | undefined> {
    for (let turn = 0; turn < 4; turn++) {
      const { body } = await this.http.ask("GET", `/se/grid/session/${id}`, { timeoutMs: maxWaitMs.look });
      const { message } = problemOf(body);
      const reason = /reason: (.+)$/.exec(message)?.[1];
      if (reason !== undefined) return reason;
      // A hub that was restarted has forgotten it, and will not say why.
      if (message !== "") return `${message}; a hub that restarts forgets its sessions`;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    return undefined;
  }

  async #nodes(signal?: AbortSignal): Promise<Node[]> {
    const { status, body } = await this.http.ask("GET", "/status", { timeoutMs: maxWaitMs.look, signal });
    const { nodes } = valueOf(body) as { nodes?: unknown };
    if (Array.isArray(nodes)) return nodes as Node[];
    // A Grid to which no node belongs yet says only that it is not ready.
    if ("ready" in valueOf(body)) return [];
    throw new GridSilent(`what answers there is not a Selenium Grid (${status})`);
  }

  async #idsOf(name: string): Promise<string[]> {
    return (await this.#nodes()).flatMap(({ slots }) =>
      slots.flatMap(({ session }) => (session?.capabilities?.["se:name"] === name ? [session.sessionId] : [])),
    );
  }

  /** @returns names of requests that wait, first come first */
  async #queue(): Promise<string[]> {
    const { body } = await this.http.ask("GET", "/se/grid/newsessionqueue/queue", { timeoutMs: maxWaitMs.look });
    const value = valueOf(body) as unknown;
    return (Array.isArray(value) ? value : []).map((request: { capabilities?: Record<string, unknown>[] }) =>
      text(request.capabilities?.[0]?.["se:name"]),
    );
  }

  /** @returns stops it, and gives what was told last */
  #tellOfQueue(request: LeaseRequest, browserName: string): () => string | undefined {
    const { name, url } = request;
    let last: string | undefined;
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    const look = async (): Promise<void> => {
      const [queue, nodes] = await Promise.all([this.#queue(), this.#nodes()]);
      const place = queue.indexOf(name);
      const offered = nodes.some(
        ({ availability, slots }) =>
          availability === "UP" && slots.some(({ stereotype }) => stereotype["browserName"] === browserName),
      );
      if (place < 0 || stopped) return;
      const line = `Waiting for a slot of the Grid at ${url}: place ${place + 1} of ${queue.length} in its queue${
        offered ? "" : `; no node that is up offers ${browserName}`
      }`;
      if (line !== last) request.onWaiting((last = line));
    };
    const next = (): void => {
      timer = setTimeout(
        () =>
          void look()
            .catch(() => undefined)
            .then(() => (stopped ? undefined : next())),
        queueLookMs,
      );
    };
    next();
    return () => {
      stopped = true;
      clearTimeout(timer);
      return last;
    };
  }

  /** After a request that was given up: sees that nothing of that name waits for, or has, a slot. */
  async #settle(name: string): Promise<void> {
    for (let turn = 0; turn < 10; turn++) {
      const found = await Promise.all([this.#queue(), this.#idsOf(name)]).catch(() => undefined);
      if (!found) return;
      const [queue, ids] = found;
      await Promise.allSettled(ids.map((id) => this.#delete(id)));
      if (turn > 0 && ids.length === 0 && !queue.includes(name)) return;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  #unreachable(error: unknown): unknown {
    if (!(error instanceof GridSilent)) return error;
    return new LibrettoError(
      "EndpointUnreachable",
      `The Grid at ${this.http.url} does not answer as one: ${error.message}`,
      `See whether ${this.http.url}/status answers; docs/grid.md starts a Grid in three commands.`,
      { cause: error },
    );
  }
}

function withDefaults({ name, capabilities }: LeaseRequest): Record<string, unknown> {
  const merged: Record<string, unknown> = { browserName: "chrome", ...capabilities };
  const browserName = String(merged["browserName"]);
  if (!chromiumNames.includes(browserName.toLowerCase()))
    throw new LibrettoError(
      "Usage",
      `The Grid's capabilities ask for ${browserName}, which has no CDP endpoint.`,
      'Ask for a "browserName" of chrome, chromium or MicrosoftEdge.',
    );
  // Ours, whatever the user's say: a dialog is for the one who drives the page, and the name is how we find it again.
  return { ...merged, unhandledPromptBehavior: "ignore", "se:name": name };
}

function noSlot({ url, queueTimeoutMs }: LeaseRequest, waited: string | undefined): LibrettoError {
  const where = waited === undefined ? "" : ` (${waited.replace(/^.*?: /, "")})`;
  return new LibrettoError(
    "TimedOut",
    `The Grid at ${url} had no free slot within ${Math.round(queueTimeoutMs / 1000)} s${where}.`,
    "Close a session (`libretto list --everywhere` tells which hold a slot), add nodes, or wait longer with --queue-timeout.",
  );
}

function notCreated(url: string, status: number, value: object): LibrettoError {
  const { message } = problemOf({ value });
  return new LibrettoError(
    "BrowserFailed",
    `The Grid at ${url} gave no browser: ${message === "" ? `it answered ${status}` : message}`,
    `See ${url}/ui for its nodes and what they offer; "grid": { "capabilities": … } in .libretto/config.json is what is asked for.`,
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function valueOf(body: unknown): object {
  const value = (body as { value?: unknown } | null | undefined)?.value;
  return typeof value === "object" && value !== null ? value : {};
}

/** What the Grid says of a failure: the first line, without what follows of versions. */
function problemOf(body: unknown): { error: string; message: string } {
  const { error, message } = valueOf(body) as { error?: unknown; message?: unknown };
  return {
    error: typeof error === "string" ? error : "",
    message: typeof message === "string" ? (message.split("\n")[0] ?? "").replace(/\.?\s*$/, "") : "",
  };
}

/** The hub answers, and the node of the session does not. */
function isNodeGone(message: string): boolean {
  return /Unable to execute request for an existing session/.test(message);
}
