/** What the reads of one run can reach. */
import type { Frame, Page } from "playwright-core";
import type { LibrettoError } from "../../util/errors.js";
import type { GetServices } from "./get.js";
import type { PageReads } from "./pageReads.js";
import { NotAllowed } from "./refusals.js";

export interface RunScope {
  /** Throws where no page is open. */
  reads(): PageReads;
  /** Through Playwright, which is loaded by the first call. */
  page(): Promise<Page>;
  /** How Playwright finds the element of a snapshot's ref; undefined where the page has no such element now. */
  selectorOf(ref: string): Promise<string | undefined>;
  /** What the page asks and waits for: until that is answered, it answers nothing itself. */
  dialog(): LibrettoError | undefined;
  /** Whether the run's page is gone. */
  isClosed(): boolean;
  frames: RunFrames;
  get: Omit<GetServices, "signal">;
  /** Ms until the run's time is up. */
  remainingMs(): number;
  /** Aborted when the run is over. */
  signal: AbortSignal;
  /** A read's time was up: told with the run's end where the code does not come to tell it. */
  ranOut(message: string): void;
  /** Ends reads that had begun and keep the page from going on. */
  endStuckReads(): Promise<void>;
}

/** Numbers for the frames of one page, so that code can name them. 0 is the main frame. */
export class RunFrames {
  readonly #numbers = new Map<Frame, number>();
  readonly #frames: Frame[] = [];

  numberOf(frame: Frame): number {
    const known = this.#numbers.get(frame);
    if (known !== undefined) return known;
    this.#numbers.set(frame, this.#frames.push(frame) - 1);
    return this.#frames.length - 1;
  }

  /** @throws NotAllowed for a number that was not given out */
  at(number: number): Frame {
    const frame = this.#frames[number];
    if (!frame) throw new NotAllowed(`a frame of the number ${number}`);
    return frame;
  }
}
