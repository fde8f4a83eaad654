/** Whether a debugger holds a workflow, and where, for the session's record. */
import { isAbsolute, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { HeldFrame } from "./debuggerPort.js";
import { shortPathFrom } from "./shortPath.js";

/** A step from line to line lets go of the workflow for less than this, in ms. */
const stepMs = 150;

export class HeldWorkflow {
  #timer: NodeJS.Timeout | undefined;
  #told: string | undefined;

  /**
   * @param cwd where paths begin
   * @param tell called with the place where it is held, empty while it waits for a debugger, undefined where it runs
   */
  constructor(
    private readonly cwd: string,
    private readonly tell: (heldAt: string | undefined) => void,
  ) {}

  /** Where it is held, empty while it waits for a debugger; undefined where it runs. */
  get at(): string | undefined {
    return this.#told;
  }

  waits(): void {
    this.#change("");
  }

  attached(count: number): void {
    if (count > 0 && this.#told === "") this.#change(undefined);
  }

  held(frames: HeldFrame[] | undefined): void {
    clearTimeout(this.#timer);
    if (frames) this.#change(this.#place(frames));
    else this.#timer = setTimeout(() => this.#change(undefined), stepMs);
  }

  /** Tells nothing more: it has ended. */
  ended(): void {
    clearTimeout(this.#timer);
    this.#told = undefined;
  }

  #change(heldAt: string | undefined): void {
    if (heldAt === this.#told) return;
    this.#told = heldAt;
    this.tell(heldAt);
  }

  /** The innermost place in a file of the user's; what is stepped into may be a library's. */
  #place(frames: HeldFrame[]): string {
    const places = frames.map(({ url, line }) => ({ file: pathOf(url), line }));
    const { file, line } = places.find(({ file: path }) => isOfTheUser(path)) ?? places[0] ?? { file: "?", line: 0 };
    return `${shortPathFrom(this.cwd, file)}:${line}`;
  }
}

/** What people are told of it. */
export function heldWords(heldAt: string): string {
  return heldAt === "" ? "waits for a debugger" : `at a breakpoint, ${heldAt}`;
}

function pathOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}

function isOfTheUser(path: string): boolean {
  return isAbsolute(path) && !path.startsWith(__dirname + sep) && !path.includes(`${sep}node_modules${sep}`);
}
