/** Remembers which element a call of Playwright's was about that failed, so that its error can say what the page had instead. */
import type { Frame, Page } from "playwright-core";
import type { TargetProblem } from "../../util/errors.js";
import { withTimeout } from "../../util/timeouts.js";
import type { ClientCall } from "./clientCalls.js";

/** How long the page's id is waited for, in ms. */
const timeoutMs = 500;

/** What code looked for on a page, and what came of it. */
export interface Sought {
  /** The CDP target of the page. */
  targetId: string;
  /** As code, such as `getByRole('button', { name: 'Save' })`. */
  locator: string;
  problem: TargetProblem;
  /** Locators of the elements that matched, where several did. */
  matches: string[];
  /** Where in the message the code begins that it quotes. */
  messageEnd: number;
}

interface FailedCall {
  page: Page;
  locator: string;
}

export class FailedCalls {
  readonly #calls = new WeakMap<object, FailedCall>();
  /** Of `expect`, whose error is made by another library. */
  #expectation: FailedCall | undefined;

  constructor(private readonly targetIdOf: (page: Page) => Promise<string | undefined>) {}

  /** Sends a call. Playwright writes into the error that it gives, and throws that same one to the code. */
  async send(call: ClientCall, send: () => Promise<unknown>): Promise<unknown> {
    try {
      const result = await send();
      if (call.method === "expect" && isObject(result) && result["timedOut"] === true)
        this.#expectation = failedCall(call);
      return result;
    } catch (error) {
      const failed = isObject(error) && !call.signal?.aborted ? failedCall(call) : undefined;
      if (failed) {
        this.#calls.set(error as object, failed);
        if (call.method === "expect") this.#expectation = failed;
      }
      throw error;
    }
  }

  /**
   * What the code sought that failed with this error; undefined for an error of another kind.
   * @param message as it is told, with the place in the code
   * @param messageEnd where the place begins
   */
  async soughtBy(thrown: unknown, messageEnd: number): Promise<Sought | undefined> {
    if (!isObject(thrown)) return undefined;
    const text = String(thrown["message"]);
    const expected = /^(?:Error: )?expect\(/.test(stripColors(text)) ? this.#expectation : undefined;
    const call = this.#calls.get(thrown) ?? expected;
    const problem = call && problemIn(stripColors(text));
    if (!call || !problem) return undefined;
    const targetId = await withTimeout(
      this.targetIdOf(call.page).catch(() => undefined),
      timeoutMs,
      () => undefined,
    );
    if (targetId === undefined) return undefined;
    const matches = [...text.matchAll(/^\s*\d+\) .* aka (.+)$/gm)].map(([, locator = ""]) => locator.trim());
    return { targetId, locator: call.locator, problem, matches: matches.slice(0, 3), messageEnd };
  }
}

/** Why the element did not do, by the log of what Playwright waited for. */
function problemIn(message: string): TargetProblem | undefined {
  if (/strict mode violation/.test(message)) return "several";
  if (!/Timeout|timed out|waiting for|element\(s\) not found/i.test(message)) return undefined;
  const log = message.slice(message.search(/Call log:|=+ logs =+/));
  const told = [...log.matchAll(reasons)].at(-1)?.[0];
  if (told === undefined) return /resolved to/.test(log) ? "other" : "missing";
  if (/intercepts/.test(told)) return "covered";
  if (/hidden|visible/.test(told)) return "hidden";
  if (/enabled/.test(told)) return "disabled";
  if (/editable/.test(told)) return "readonly";
  return /viewport/.test(told) ? "outside" : "moving";
}

const reasons =
  /intercepts pointer events|resolved to hidden|is not visible|not enabled|not editable|outside of the viewport|not stable/g;

function failedCall({ object, params }: ClientCall): FailedCall | undefined {
  const { selector } = params;
  if (typeof selector !== "string" || !("parentFrame" in object && "locator" in object)) return undefined;
  const frame = object as Frame;
  return { page: frame.page(), locator: String(frame.locator(selector)) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function stripColors(text: string): string {
  return text.replace(/\x1b\[[\d;]*m/g, "");
}
