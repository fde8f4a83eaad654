/**
 * The record of a live session, and the one writer of its `state.json` in the host (law 3). A change is on disk before
 * it is in memory: where it cannot be written, it has not happened.
 */
import { existsSync } from "node:fs";
import { noWriteAccess } from "../../model/grant.js";
import type { SessionState } from "../../model/state.js";
import { removeState, writeState } from "../../store/records.js";
import { prepareWorkspace, sessionPaths, type Workspace } from "../../store/workspace.js";

/** Fields to set; one that is undefined is dropped. */
export type RecordChange = { [Field in keyof SessionState]?: SessionState[Field] | undefined };

export class SessionRecord {
  readonly #state: SessionState;
  /** What could not be written, and is tried again. */
  #unwritten: RecordChange = {};

  constructor(
    private readonly workspace: Workspace,
    state: SessionState,
  ) {
    this.#state = { ...state };
  }

  /** The record as it is now. The object stays the same one. */
  get state(): Readonly<SessionState> {
    return this.#state;
  }

  /** Puts the record on disk as it is. @throws `Failed` where it cannot be written */
  write(): void {
    writeState(this.workspace, this.#state);
  }

  /** What the record will say once the session is open. Until then the one on disk is the claim of its name alone. */
  draft(fields: RecordChange): void {
    apply(this.#state, fields);
  }

  /** Changes disk and memory together. @throws `Failed` where it cannot be written; both are then as before */
  change(fields: RecordChange): void {
    const next = { ...this.#state };
    apply(next, this.#unwritten);
    apply(next, fields);
    writeState(this.workspace, next);
    apply(this.#state, this.#unwritten);
    apply(this.#state, fields);
    this.#unwritten = {};
  }

  /**
   * For what has happened whether it can be written or not, such as the end of a workflow. Where it cannot, it is tried
   * again with the next change and with `retry`.
   * @returns whether it is on record
   */
  changeWhenPossible(fields: RecordChange): boolean {
    try {
      this.change(fields);
      return true;
    } catch {
      this.#unwritten = { ...this.#unwritten, ...fields };
      return false;
    }
  }

  /**
   * Writes what could not be written, and a record that was cleared away. Not where the workspace itself is gone.
   * @returns whether the record had been cleared away
   */
  retry(): boolean {
    const { root } = this.workspace;
    if (!existsSync(root)) return false;
    const cleared = !existsSync(sessionPaths(this.workspace, this.#state.session).state);
    if (cleared) {
      prepareWorkspace(this.workspace);
      this.write();
    }
    if (Object.keys(this.#unwritten).length > 0) this.changeWhenPossible({});
    return cleared;
  }

  /** For write access whose time is up: the record on disk is read-only by that time, written or not. */
  endGrant(): void {
    if (!this.changeWhenPossible(noWriteAccess)) apply(this.#state, noWriteAccess);
  }

  /** Puts another record in its place: the one before this host's claim. */
  replaceWith(before: SessionState): void {
    writeState(this.workspace, before);
  }

  remove(): void {
    removeState(this.workspace, this.#state.session);
  }
}

function apply(state: SessionState, fields: RecordChange): void {
  Object.assign(state, fields);
  for (const [field, value] of Object.entries(fields))
    if (value === undefined) delete (state as Record<string, unknown>)[field];
}
