/** Keeps the address in the session's record that of its most recently active page. */
import { existsSync } from "node:fs";
import type { SessionParts } from "./sessionParts.js";

/** A navigation changes address and title in quick succession: one write tells both. In ms. */
const gatherMs = 30;

export class RecordedUrl {
  readonly #parts: SessionParts;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Where that page is now, as the record tells it. */
  get current(): string {
    const { targets, redactor, state } = this.#parts;
    const url = targets.find()?.info.url;
    return url === undefined ? state.url : redactor.url(url);
  }

  start(): void {
    this.#parts.targets.onPagesChanged(() => this.#pagesChanged());
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #pagesChanged(): void {
    const { lifecycle, record, state, paths } = this.#parts;
    if (this.#timer || lifecycle.ending) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const url = this.current;
      if (lifecycle.ending || url === state.url) return;
      // A workspace that was moved is not made again where it was.
      if (existsSync(paths.folder)) record.changeWhenPossible({ url });
    }, gatherMs);
  }
}
