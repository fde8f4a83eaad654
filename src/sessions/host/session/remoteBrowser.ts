/**
 * A browser that a Grid lends, as its host keeps it: a Grid never says that a browser has gone, and counts only
 * messages to the browser as use, so the host asks on its own.
 */
import { gridAt, type Grid } from "../../browser/grid.js";
import type { Presence } from "../../browser/remoteEngine.js";
import type { SessionState } from "../../model/state.js";
import type { Environment } from "../../util/environment.js";
import { answered } from "../../util/timeouts.js";
import type { Wire } from "../wire/wire.js";

/** How long the browser may take to answer before the Grid is asked whether it is there, in ms. */
const answerMs = 2_000;
/** How long a Grid that does not answer is waited for, and how often it is asked. */
const outageMs = { max: 60_000, look: 1_000 };
/** A browser that was heard of within this time is there. */
const freshMs = 5_000;

export interface RemoteBrowserParts {
  grid: NonNullable<SessionState["grid"]>;
  env: Environment;
  wire: Pick<Wire, "heardAt" | "ping">;
  /** The Grid has it no more, or has not answered for too long; told once. */
  gone(reason: string): void;
  /** It is there, and this connection to it is not. */
  lost(): void;
  log(level: "info" | "warn", event: string, message: string): void;
}

export class RemoteBrowser {
  readonly #engine: Grid;
  #check: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: RemoteBrowserParts) {
    this.#engine = gridAt(parts.grid.url, parts.env);
  }

  get engine(): Grid {
    return this.#engine;
  }

  /** Begins the heartbeat: a third of the time after which the Grid ends a session that nobody uses. */
  start(): void {
    const beatMs = Math.max(500, Math.floor((this.parts.grid.sessionTimeoutMs ?? 300_000) / 3));
    this.#timer = setInterval(() => void this.#look(), beatMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** For a request that is about to need the browser: resolves when it is known to be there, or to be gone. */
  async check(): Promise<void> {
    if (performance.now() - this.parts.wire.heardAt > freshMs) await this.#look();
  }

  /** The connection ended. Resolves when `gone` or `lost` was told. */
  async connectionEnded(): Promise<void> {
    this.stop();
    await this.#check;
    const presence = await this.#presence();
    if (presence.state === "there") this.parts.lost();
    else this.parts.gone(presence.reason);
  }

  /** Frees the slot. @returns what became of the browser; `unreachable` where the Grid does not answer */
  async end(): Promise<"ended" | "already-gone" | "unreachable"> {
    this.stop();
    try {
      return (await this.#engine.end(this.parts.grid)) ? "ended" : "already-gone";
    } catch {
      return "unreachable";
    }
  }

  #look(): Promise<void> {
    this.#check ??= this.#beat().finally(() => (this.#check = undefined));
    return this.#check;
  }

  async #beat(): Promise<void> {
    if (await this.#answers(answerMs)) return;
    const presence = await this.#presence();
    if (this.#timer === undefined) return;
    if (presence.state !== "there") {
      this.stop();
      this.parts.gone(presence.reason);
      return;
    }
    // It is there: slow, or behind a connection that leads nowhere any more.
    if ((await this.#answers(2 * answerMs)) || this.#timer === undefined) return;
    this.stop();
    this.parts.lost();
  }

  async #answers(timeoutMs: number): Promise<boolean> {
    try {
      await answered(this.parts.wire.ping(), timeoutMs);
      return true;
    } catch {
      return false;
    }
  }

  /** Waits for a Grid that does not answer: a hub that restarts is back within a minute. */
  async #presence(): Promise<Presence & { state: "there" | "gone" }> {
    const { url } = this.parts.grid;
    const until = performance.now() + outageMs.max;
    for (let told = false; ; told = true) {
      const presence = await this.#engine
        .whyGone(this.parts.grid)
        .catch((error: unknown): Presence => ({ state: "unknown", reason: (error as Error).message }));
      if (presence.state === "there") {
        if (told) this.parts.log("info", "grid-back", `The Grid at ${url} answers again.`);
        return presence;
      }
      if (presence.state === "gone")
        return { state: "gone", reason: `The Grid at ${url} ended the browser: ${presence.reason}.` };
      if (performance.now() > until)
        return {
          state: "gone",
          reason: `The Grid at ${url} has not answered for ${outageMs.max / 1000} s: ${presence.reason}.`,
        };
      if (!told)
        this.parts.log(
          "warn",
          "grid-silent",
          `The Grid at ${url} does not answer (${presence.reason}); waiting for it.`,
        );
      await new Promise((resolve) => setTimeout(resolve, outageMs.look));
    }
  }
}
