/**
 * The one owner of a session's access mode (S11, S25, S26). The mode is what the record says, and the record changes on
 * disk and in memory together: `write-access` until a lock is on record, `read-only` from then on. Only then what runs
 * is cancelled, and the lock is answered when that has ended. A lock that waits changes nothing until its turn has come.
 */
import { LibrettoError } from "../../util/errors.js";
import { grantIsOver, noWriteAccess } from "../../model/grant.js";
import { refusal, type AccessMode } from "../../model/policy.js";
import type { RequestAccessParams, RequestAccessResult, SetModeParams, SetModeResult } from "../../ipc/protocol.js";
import type { ExecQueue } from "../exec/execQueue.js";
import type { HostRequest } from "../rpc/server.js";
import type { LockReport } from "../wire/gate.js";
import { Targets } from "../wire/targets.js";
import type { Wire } from "../wire/wire.js";
import type { SessionRecord } from "./sessionRecord.js";
import type { LockedOthers } from "./sharedBrowser.js";

type Asked = Pick<HostRequest, "client" | "signal"> & Partial<Pick<HostRequest, "notify" | "id">>;
type Decision = "granted" | "denied";

/** One change, for the log. */
export interface ModeChange {
  previous: AccessMode;
  mode: AccessMode;
  client: string;
  running: SetModeResult["running"];
  grantedUntil?: string | undefined;
}

export interface ModeSwitchParts {
  record: SessionRecord;
  execs: ExecQueue;
  /** Hears of each change, when it is on disk. */
  changed(change: ModeChange): void;
  /** Hears of what is asked for, and of what is decided. */
  log: (event: string, message: string, data: Record<string, unknown>) => void;
  workflowRuns(): boolean;
  /** @throws `RefusedByMode` where another session has locked the browser */
  assertUnlockable(): void;
  /** Locks the other sessions that drive the browser. */
  lockOthers(client: string): Promise<LockedOthers>;
  /** Cuts off what drives, and says what of that may still happen. */
  wire: Pick<Wire, "lock" | "unlock">;
  /** Waits for what a person had sent to pages. @returns the targets that have not taken it in time */
  settleInput(): Promise<string[]>;
  /** Waits for what an earlier host had sent to pages. @returns the short ids of those that have not answered in time */
  settleAdopted(): Promise<string[]>;
}

/** How often the clock is looked at while write access is granted for a time, in ms: a machine may have slept. */
const lookMs = 30_000;

export class ModeSwitch {
  /** Settles when what a lock cancels has ended. */
  #locking: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** When the write access ends, by a clock that nobody sets. */
  #deadline = Infinity;
  readonly #waiting = new Set<(decision: Decision) => void>();

  constructor(private readonly parts: ModeSwitchParts) {}

  /**
   * What is answered is what is on disk, and what every later request meets.
   * @throws `Failed` where the change cannot be put on record, `Interrupted` where the client gives up waiting for code
   * that runs, `RefusedByMode` where nothing unlocks the session; nothing has changed then
   */
  async set(params: SetModeParams, request: Asked): Promise<SetModeResult> {
    const { execs, record } = this.parts;
    if (params.mode === "write-access") return this.#unlock(params.forMs, request);
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

  /**
   * Puts on record that somebody asks for write access, and grants nothing.
   * @throws `RefusedByMode` where nobody can grant it, `Interrupted` where the client gives up waiting; the request stays
   */
  async request(params: RequestAccessParams, request: Asked): Promise<RequestAccessResult> {
    const { record, log } = this.parts;
    const { session, mode, locked } = record.state;
    if (mode === "write-access") return this.#decided("granted");
    if (locked) throw refusal("request-access", record.state);
    const reason = oneLine(params.reason);
    const { client } = request;
    const { forMs } = params;
    record.change({
      accessRequest: { reason, client, at: new Date().toISOString(), ...(forMs === undefined ? {} : { forMs }) },
    });
    log("access-requested", `${client} asks for write access: ${reason}`, { client, reason, forMs });
    if (!params.wait) return { session, mode, outcome: "requested" };
    return this.#decided(await this.#decision(request.signal));
  }

  /** Begins with the mode on record. To be called once the session is open. */
  start(): void {
    if (this.parts.record.state.mode === "read-only") void this.parts.wire.lock();
    this.#watch();
  }

  /** Locks the session when the time of its write access is up. */
  #watch(): void {
    clearTimeout(this.#timer);
    const { grantedUntil } = this.parts.record.state;
    if (grantedUntil === undefined) {
      this.#deadline = Infinity;
      return;
    }
    this.#deadline = performance.now() + Date.parse(grantedUntil) - Date.now();
    this.#look();
  }

  /** Sees to it that no request meets write access whose time is up. */
  async settle(): Promise<void> {
    if (this.#isOver()) await this.#endGrant();
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #isOver(): boolean {
    return grantIsOver(this.parts.record.state) || performance.now() >= this.#deadline;
  }

  #look(): void {
    if (this.#isOver()) return void this.#endGrant();
    const left = this.#deadline - performance.now();
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.max(left, 1), lookMs)).unref();
  }

  async #endGrant(): Promise<void> {
    const { record } = this.parts;
    const { mode, grantedUntil } = record.state;
    if (mode === "read-only" || grantedUntil === undefined) return;
    const signal = new AbortController().signal;
    await this.#lock({ client: "the end of its time", signal }).catch(() => {
      // It is read-only by the time on record also where that cannot be written.
      record.endGrant();
      return this.#end();
    });
  }

  async #unlock(forMs: number | undefined, request: Asked): Promise<SetModeResult> {
    // What a lock cancels must not end in a session that is unlocked again.
    await this.#locking;
    const { record } = this.parts;
    const { mode: previous, locked } = record.state;
    if (locked) throw refusal("session-mode", record.state);
    if (previous === "read-only") this.parts.assertUnlockable();
    const decides = record.state.accessRequest !== undefined;
    record.change({
      mode: "write-access",
      grantedUntil: forMs === undefined ? undefined : new Date(Date.now() + forMs).toISOString(),
      accessRequest: undefined,
    });
    this.parts.wire.unlock();
    this.#watch();
    return this.#answer(request, previous, "none", decides ? "granted" : undefined);
  }

  async #lock(request: Asked, how?: "cancelled" | "waited"): Promise<SetModeResult> {
    const { record } = this.parts;
    const { mode: previous, accessRequest } = record.state;
    // On record first: from here on no exec begins, whatever becomes of this process.
    record.change(noWriteAccess);
    this.#watch();
    // Its process is ended also where no call runs, since a timer that one left could still drive the page.
    const ended = this.#end();
    const others = this.parts.lockOthers(request.client);
    this.#locking = Promise.all([this.#locking, ended, others.catch(() => undefined)]);
    const { cancelled, report, unsettled } = await ended;
    await this.#locking;
    const { locked, driving } = await others;
    return {
      ...this.#answer(
        request,
        previous,
        how ?? (cancelled ? "cancelled" : "none"),
        accessRequest === undefined ? undefined : "denied",
      ),
      ...listed("unsettledPages", [...new Set(unsettled)]),
      ...listed(
        "scriptsRunOn",
        report.running.map((id) => Targets.idOf(id)),
      ),
      ...listed("kept", report.kept),
      ...listed("ended", report.dropped),
      ...(locked.length > 0 ? { alsoLocked: locked } : {}),
      ...(driving.length > 0 ? { stillDrivenBy: driving } : {}),
    };
  }

  async #end(): Promise<{ cancelled: boolean; report: LockReport; unsettled: string[] }> {
    const { execs, record, wire } = this.parts;
    // Cut off at once; what was sent before is settled while the process of the code ends.
    const locking = Promise.all([wire.lock(), this.parts.settleInput(), this.parts.settleAdopted()]);
    const cancelled = await execs.end(cancelledByMode(record.state));
    const [report, input, adopted] = await locking;
    const sent = [...report.silent.map(({ targetId }) => targetId), ...input];
    return { cancelled, report, unsettled: [...sent.map((targetId) => Targets.idOf(targetId)), ...adopted] };
  }

  #answer(
    { client }: Asked,
    previous: AccessMode,
    running: SetModeResult["running"],
    decision: Decision | undefined,
  ): SetModeResult {
    const { session, mode, grantedUntil } = this.parts.record.state;
    if (mode !== previous) this.parts.changed({ previous, mode, client, running, grantedUntil });
    if (decision) {
      this.parts.log(`access-${decision}`, `The request for write access was ${decision} by ${client}.`, { client });
      for (const decide of [...this.#waiting]) decide(decision);
    }
    return {
      session,
      mode,
      previous,
      running,
      ...(mode === "read-only" && this.parts.workflowRuns() ? { workflowRuns: true } : {}),
      ...(grantedUntil === undefined ? {} : { grantedUntil }),
      ...(decision ? { request: decision } : {}),
    };
  }

  #decision(signal: AbortSignal): Promise<Decision> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#waiting.delete(decide);
        signal.removeEventListener("abort", abort);
      };
      const decide = (decision: Decision): void => {
        done();
        resolve(decision);
      };
      const abort = (): void => {
        done();
        reject(
          new LibrettoError(
            "Interrupted",
            "Nobody has decided yet; the request stays on record.",
            `\`libretto list\` shows it.`,
          ),
        );
      };
      this.#waiting.add(decide);
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    });
  }

  #decided(outcome: Decision): RequestAccessResult {
    const { session, mode, grantedUntil } = this.parts.record.state;
    return { session, mode, outcome, ...(grantedUntil === undefined ? {} : { grantedUntil }) };
  }
}

function listed<K extends string>(key: K, values: string[]): Partial<Record<K, string[]>> {
  return values.length === 0 ? {} : ({ [key]: values } as Partial<Record<K, string[]>>);
}

/** What a program says of itself is shown to a person: no line breaks, nothing that a terminal would obey. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
}

function cancelledByMode(state: { session: string; mode: AccessMode }): LibrettoError {
  const { session, mode } = state;
  const { hint, askHint } = refusal("exec", { ...state, mode: "read-only" });
  return new LibrettoError(
    "RefusedByMode",
    `The exec was cancelled: session "${session}" was made ${mode}.`,
    hint,
    askHint === undefined ? {} : { askHint },
  );
}
