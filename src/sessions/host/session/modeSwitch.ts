/**
 * The one owner of a session's access mode (S11, S25). The mode is what the record says, and the record changes on disk
 * and in memory together: `write-access` until a lock is on record, `read-only` from then on. Only then what runs is
 * cancelled, and the lock is answered when that has ended. A lock that waits changes nothing until its turn has come.
 */
import { LibrettoError } from "../../util/errors.js";
import { refusal, type AccessMode } from "../../model/policy.js";
import type { SetModeParams, SetModeResult } from "../../ipc/protocol.js";
import type { ExecQueue } from "../exec/execQueue.js";
import type { HostRequest } from "../rpc/server.js";
import type { SessionRecord } from "./sessionRecord.js";

type Asked = Pick<HostRequest, "client" | "signal"> & Partial<Pick<HostRequest, "notify" | "id">>;

export interface ModeSwitchParts {
  record: SessionRecord;
  execs: ExecQueue;
  /** Hears of each change, when it is on disk. */
  changed(change: { previous: AccessMode; mode: AccessMode; client: string; running: SetModeResult["running"] }): void;
  workflowRuns(): boolean;
}

export class ModeSwitch {
  /** Settles when what a lock cancels has ended. */
  #locking: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: ModeSwitchParts) {}

  /**
   * What is answered is what is on disk, and what every later request meets.
   * @throws `Failed` where the change cannot be put on record, `Interrupted` where the client gives up waiting for code
   * that runs; nothing has changed then
   */
  async set(params: SetModeParams, request: Asked): Promise<SetModeResult> {
    const { execs, record } = this.parts;
    if (params.mode === "write-access") return this.#unlock(request);
    if (params.running !== "wait" || !execs.isBusy || record.state.mode === "read-only") return this.#lock(request);
    request.notify?.("notice", {
      request: request.id ?? 0,
      text: "Code runs in the session; it is locked when that has ended, and nothing else begins before.",
    });
    return execs.inTurn(
      // Another client may have locked it meanwhile, and cancelled what was waited for.
      () => this.#lock(request, record.state.mode === "read-only" ? "cancelled" : "waited"),
      request.signal,
    );
  }

  async #unlock(request: Asked): Promise<SetModeResult> {
    // What a lock cancels must not end in a session that is unlocked again.
    await this.#locking;
    const { record } = this.parts;
    const previous = record.state.mode;
    record.change({ mode: "write-access" });
    return this.#answer(request, previous, "none");
  }

  async #lock(request: Asked, how?: "cancelled" | "waited"): Promise<SetModeResult> {
    const { execs, record } = this.parts;
    const { mode: previous, session } = record.state;
    // On record first: from here on no exec begins, whatever becomes of this process.
    record.change({ mode: "read-only" });
    // Its process is ended also where no call runs, since a timer that one left could still drive the page.
    const ended = execs.end(cancelledByMode(session, "read-only"));
    this.#locking = Promise.all([this.#locking, ended]);
    const cancelled = await ended;
    await this.#locking;
    return this.#answer(request, previous, how ?? (cancelled ? "cancelled" : "none"));
  }

  #answer({ client }: Asked, previous: AccessMode, running: SetModeResult["running"]): SetModeResult {
    const { session, mode } = this.parts.record.state;
    if (mode !== previous) this.parts.changed({ previous, mode, client, running });
    return {
      session,
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
