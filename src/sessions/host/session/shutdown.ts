/** The end of a session, with its browser; and of a host that leaves its browser to the next one. */
import { setImmediate as immediate } from "node:timers/promises";
import { endBrowser } from "../../browser/browserEnd.js";
import type { CloseResult } from "../../ipc/protocol.js";
import { recordedBrowser } from "../../process/recorded.js";
import { removeIfEmpty } from "../../store/hostErrors.js";
import { settledWithin } from "../../util/timeouts.js";
import type { RecordedUrl } from "./recordedUrl.js";
import type { Registration } from "./registration.js";
import type { SessionParts } from "./sessionParts.js";

/** Why a session ended whose browser did. */
export const browserEnded = "The browser ended.";

/** `close` drops the record; `end` keeps it, as `exited`, with the reason. */
export type HowToEnd = "close" | "end";

export class Shutdown {
  readonly #parts: SessionParts;
  readonly #registration: Registration;
  readonly #url: RecordedUrl;
  /** Files that are still on their way from a Grid. */
  #arriving: { settled(): Promise<void> } | undefined;

  constructor(parts: SessionParts, registration: Registration, url: RecordedUrl) {
    this.#parts = parts;
    this.#registration = registration;
    this.#url = url;
  }

  /** Has the end wait for files that are on their way, bounded. */
  waitsFor(arriving: { settled(): Promise<void> }): void {
    this.#arriving = arriving;
  }

  /** Ends the session, once. */
  end(reason: string, how: HowToEnd): Promise<CloseResult> {
    return this.#parts.lifecycle.end(reason, () => this.#end(reason, how));
  }

  /** Ends all that works with the browser, and leaves the browser and its record. */
  async leaveBrowser(): Promise<void> {
    await Promise.all([this.#disposeUsers("The connection to the browser broke."), this.#parts.recorder.dispose()]);
    await this.#parts.log.close();
    this.#registration.removeSocket();
  }

  async #end(reason: string, how: HowToEnd): Promise<CloseResult> {
    const { state, mode, recorder, remote, wire, downloads, log, network, actions, env, paths } = this.#parts;
    this.#url.dispose();
    mode.dispose();
    const browser = recordedBrowser(state);
    // A process that is killed takes this one's processor to end: where none acts, the browser, which takes longest, is
    // told first.
    const users = this.#isDriven ? this.#disposeUsers(reason) : immediate().then(() => this.#disposeUsers(reason));
    // Rows about what is open now are written while the browser can still be asked.
    await settledWithin(500, recorder.dispose());
    if (this.#arriving) await settledWithin(5_000, this.#arriving.settled());
    const lent = await remote?.end();
    const ran = browser ? await endBrowser(browser, state.profilePath, env) : undefined;
    wire.close();
    await settledWithin(1_000, users);
    downloads.end();
    log.write("info", how === "close" ? "closed" : "exited", reason);
    await Promise.all([log.close(), network.close(), actions.close()]);
    this.#registration.removeSocket();
    removeIfEmpty(paths.hostErrors);
    try {
      this.#closeRecord(reason, how);
    } finally {
      // After the record, which is not believed without it. A slot that could not be freed stays there for `gc`.
      if (lent !== "unreachable") this.#registration.removeEntry();
      else this.#registration.writeEntry(true);
    }
    return {
      session: state.session,
      browser: lent !== undefined ? lent : ran === undefined ? "left-running" : ran ? "ended" : "already-gone",
    };
  }

  #closeRecord(reason: string, how: HowToEnd): void {
    const { record, state } = this.#parts;
    if (how === "close") return record.remove();
    record.change({
      status: "exited",
      reason,
      profilePath: null,
      ...(state.workflow ? { workflow: { ...state.workflow, running: false } } : {}),
    });
  }

  /** Whether code may be acting on a page, which is to have ended before the rows about what is open are written. */
  get #isDriven(): boolean {
    const { execs, workflows } = this.#parts;
    return execs.isBusy || workflows.isRunning;
  }

  /** @param reason what a workflow that runs is told */
  async #disposeUsers(reason: string): Promise<void> {
    const { execs, workflows, requests } = this.#parts;
    await Promise.all([execs.dispose(), workflows.dispose(reason), requests.dispose()]);
  }
}
