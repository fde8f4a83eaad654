/** Changes a session's access mode (S8): on disk before it is answered, and never while code that drives runs on. */
import { LibrettoError } from "../../util/errors.js";
import { refusal, type AccessMode } from "../../model/policy.js";
import type { SetModeParams, SetModeResult } from "../../ipc/protocol.js";
import type { SessionState } from "../../model/state.js";
import type { ExecQueue } from "../exec/execQueue.js";
import type { HostRequest } from "../rpc/server.js";

export interface ModeSwitchParts {
  /** The session's record; its mode is what decides. */
  state: SessionState;
  execs: ExecQueue;
  /** Puts the record with that mode on disk. */
  write(mode: AccessMode): void;
  /** Hears of each change, when it is on disk. */
  changed(change: { previous: AccessMode; mode: AccessMode; client: string; running: SetModeResult["running"] }): void;
  workflowRuns(): boolean;
}

export class ModeSwitch {
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: ModeSwitchParts) {}

  /**
   * One change at a time; what is answered is what is on disk.
   * @throws `Interrupted` where the client gives up waiting for code that runs
   */
  set(params: SetModeParams, request: HostRequest): Promise<SetModeResult> {
    const { state, execs } = this.parts;
    // Whoever waits for an exec to end does not hold up whoever will not.
    if (params.mode === "read-only" && params.running !== "wait" && state.mode === "read-only")
      execs.cancelRunning(cancelledByMode(state.session, params.mode));
    const change = this.#last.then(() => this.#change(params, request));
    this.#last = change.catch(() => undefined);
    return change;
  }

  async #change(params: SetModeParams, request: HostRequest): Promise<SetModeResult> {
    const { state, execs } = this.parts;
    const { mode } = params;
    const previous = state.mode;
    let running: SetModeResult["running"] = "none";
    if (mode !== previous && mode === "read-only") {
      // The mode changes first: from here on no exec begins. What runs is then waited for or cancelled, and its
      // process ended in either case, since a timer that it left could still drive the page.
      state.mode = mode;
      try {
        running = await execs.lock(params.running ?? "cancel", cancelledByMode(state.session, mode), request.signal);
      } catch (error) {
        state.mode = previous;
        throw error;
      }
    }
    // It is unlocked when that is on disk, and locked also where that cannot be written: the next try does.
    this.parts.write(mode);
    state.mode = mode;
    if (mode !== previous) this.parts.changed({ previous, mode, client: request.client, running });
    return {
      session: state.session,
      mode,
      previous,
      running,
      ...(mode === "read-only" && this.parts.workflowRuns() ? { workflowRuns: true } : {}),
    };
  }
}

function cancelledByMode(session: string, mode: AccessMode): LibrettoError {
  return new LibrettoError(
    "RefusedByMode",
    `The exec was cancelled: session "${session}" was made ${mode}.`,
    refusal("exec", session, mode).hint,
  );
}
