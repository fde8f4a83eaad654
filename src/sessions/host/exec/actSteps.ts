/** The steps of `act` (S27), inside the exec worker: each is a call of Playwright's, with its waiting. */
import type { Dialog, Locator, Page, Request } from "playwright-core";
import { describeStep, type ActStep } from "../../model/actSteps.js";
import { parseTarget, type LocatorArgument, type LocatorCall } from "../../model/locatorExpression.js";
import { LibrettoError, type ErrorData } from "../../util/errors.js";
import { withTimeout } from "../../util/timeouts.js";
import type { PlaywrightBridge } from "../wire/playwrightBridge.js";
import type { FailedCalls, Sought } from "../worker/failedCalls.js";

/** What came of the steps. A step that fails ends them. */
export interface ActOutcome {
  /** How many steps were done. */
  done: number;
  failure?: ErrorData;
  /** The element that the step which failed looked for. */
  sought?: Sought;
  /** Dialogs that showed up, and what became of each. */
  dialogs: string[];
}

/** How long what a step set off is waited for, in ms, before the page is looked at. */
const maxSettleMs = 1_500;
/** Requests that a page answers a click with. */
const settling = new Set(["document", "xhr", "fetch", "script"]);

/**
 * Does a first step that loads a page where that page had crashed before Playwright came, which then does not have it.
 * @returns the page, loaded again; undefined where there is nothing to revive
 */
export async function reviveBySteps(
  bridge: PlaywrightBridge,
  targetId: string,
  [first]: readonly ActStep[],
): Promise<Page | undefined> {
  if (first?.action !== "reload" && first?.action !== "goto") return undefined;
  try {
    await bridge.page(targetId);
    return undefined;
  } catch (error) {
    if (!(error instanceof LibrettoError) || error.code !== "PageCrashed") throw error;
  }
  const page = await bridge.reviveCrashed(targetId, first.action === "goto" ? first.value : undefined);
  await page.waitForLoadState("domcontentloaded");
  return page;
}

/**
 * @param timeoutMs for each step
 * @param done how many of the steps are done already
 */
export async function runSteps(
  page: Page,
  steps: readonly ActStep[],
  timeoutMs: number,
  failedCalls: FailedCalls,
  done = 0,
): Promise<ActOutcome> {
  const dialogs = new Dialogs(page);
  const activity = new Activity(page);
  try {
    for (const [index, step] of [...steps.entries()].slice(done)) {
      const next = steps[index + 1];
      if (next?.action === "dialog") dialogs.answerNext(next);
      try {
        if (step.action === "dialog") await dialogs.answered(step, timeoutMs);
        else await runStep(page, step, timeoutMs);
      } catch (error) {
        const failure = failureOf(error, step, index, steps.length, timeoutMs).toJSON();
        const sought = await failedCalls.soughtBy(error, failure.message.length);
        return { done, failure, ...(sought ? { sought } : {}), dialogs: dialogs.seen };
      }
      done++;
    }
    await activity.settled();
    return { done, dialogs: dialogs.seen };
  } finally {
    activity.end();
    dialogs.end();
  }
}

async function runStep(page: Page, step: ActStep, timeout: number): Promise<void> {
  const { action, target, value = "", values = [] } = step;
  const element = target === undefined ? undefined : buildLocator(page, parseTarget(target));
  const on = element ?? page.locator(":focus");
  switch (action) {
    case "click":
      return on.click({ timeout });
    case "dblclick":
      return on.dblclick({ timeout });
    case "fill":
      return on.fill(value, { timeout });
    case "type":
      return on.pressSequentially(value, { timeout });
    case "press":
      return element ? element.press(value, { timeout }) : page.keyboard.press(value);
    case "select":
      return void (await on.selectOption(values, { timeout }));
    case "check":
      return on.check({ timeout });
    case "uncheck":
      return on.uncheck({ timeout });
    case "hover":
      return on.hover({ timeout });
    case "upload":
      return on.setInputFiles(values, { timeout });
    case "goto":
      return void (await page.goto(value, { timeout, waitUntil: "domcontentloaded" }));
    case "back":
      return void (await page.goBack({ timeout, waitUntil: "domcontentloaded" }));
    case "reload":
      return void (await page.reload({ timeout, waitUntil: "domcontentloaded" }));
    case "wait":
      if (element)
        return element.waitFor({
          state: (value || "visible") as "visible" | "hidden" | "attached" | "detached",
          timeout,
        });
      return page.waitForTimeout(Number(value));
    case "dialog":
      return undefined;
  }
}

/** Calls the named methods, and no others: `parseTarget` lets none but locator methods through. */
function buildLocator(page: Page, calls: LocatorCall[]): Locator {
  let at: unknown = page;
  for (const { method, args } of calls) {
    const call = (at as Record<string, unknown>)[method];
    if (typeof call !== "function")
      throw new LibrettoError("Usage", `${method} cannot be called there`, "See Playwright's locators.");
    at = call.apply(
      at,
      args.map((argument) => valueOf(page, argument)),
    );
  }
  if (typeof (at as Partial<Locator>).click !== "function")
    throw new LibrettoError("Usage", "The target ends in a frame, not in an element", "Add a locator behind it.");
  return at as Locator;
}

function valueOf(page: Page, argument: LocatorArgument): unknown {
  switch (argument.kind) {
    case "literal":
      return argument.value;
    case "regexp":
      return new RegExp(argument.source, argument.flags);
    case "locator":
      return buildLocator(page, argument.calls);
    case "object":
      return Object.fromEntries(Object.entries(argument.fields).map(([name, field]) => [name, valueOf(page, field)]));
  }
}

/** Answers the dialogs of one call: as the steps say, or by dismissing what no step expects. */
class Dialogs {
  readonly seen: string[] = [];
  #expected: ActStep | undefined;
  #heard: () => void = () => undefined;
  #open: Promise<void> = Promise.resolve();
  readonly #listener = (dialog: Dialog): void => void this.#opened(dialog);

  constructor(private readonly page: Page) {
    page.on("dialog", this.#listener);
  }

  /** Of the dialog that the next step opens. */
  answerNext(step: ActStep): void {
    this.#expected = step;
    this.#open = new Promise((resolve) => (this.#heard = resolve));
  }

  async answered(step: ActStep, timeoutMs: number): Promise<void> {
    if (this.#expected !== step && this.#expected !== undefined) return;
    await withTimeout(this.#open, timeoutMs, () => {
      throw new LibrettoError(
        "TimedOut",
        `dialog ${step.value ?? ""}: no dialog opened within ${timeoutMs} ms`,
        "Put the step that opens the dialog right before it.",
      );
    });
    this.#expected = undefined;
  }

  end(): void {
    this.page.off("dialog", this.#listener);
  }

  async #opened(dialog: Dialog): Promise<void> {
    const step = this.#expected;
    const leaving = dialog.type() === "beforeunload";
    const accept = step ? step.value === "accept" : leaving;
    const words = `${dialog.type()} ${JSON.stringify(dialog.message().slice(0, 200))}`;
    this.seen.push(
      `${words} was ${accept ? "accepted" : "dismissed"}${step || leaving ? "" : ", since no step answers it"}`,
    );
    await (accept ? dialog.accept(step?.values?.[0]) : dialog.dismiss()).catch(() => undefined);
    this.#heard();
  }
}

/** The requests that steps set off, so that what they bring is on the page before it is looked at. */
class Activity {
  readonly #running = new Set<Request>();
  #idle: () => void = () => undefined;
  readonly #began = (request: Request): void => {
    if (settling.has(request.resourceType())) this.#running.add(request);
  };
  readonly #ended = (request: Request): void => {
    this.#running.delete(request);
    if (this.#running.size === 0) this.#idle();
  };

  constructor(private readonly page: Page) {
    page.on("request", this.#began).on("requestfinished", this.#ended).on("requestfailed", this.#ended);
  }

  /** Resolves when the page is quiet, bounded. What a page does by timers or streams is its own. */
  async settled(): Promise<void> {
    const deadline = Date.now() + maxSettleMs;
    // A click that sets off a request does so in the page's next task.
    await this.page.waitForTimeout(50).catch(() => undefined);
    for (;;) {
      const left = deadline - Date.now();
      if (left <= 0 || this.page.isClosed()) return;
      await this.page.waitForLoadState("domcontentloaded", { timeout: left }).catch(() => undefined);
      if (this.#running.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, deadline - Date.now()));
        this.#idle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  end(): void {
    this.page.off("request", this.#began).off("requestfinished", this.#ended).off("requestfailed", this.#ended);
  }
}

/** What Playwright's error says, in one line: what it waited for, and why that did not come. */
function failureOf(thrown: unknown, step: ActStep, index: number, total: number, timeoutMs: number): LibrettoError {
  const where = total === 1 ? describeStep(step) : `Step ${index + 1} of ${total}, ${describeStep(step)}`;
  if (thrown instanceof LibrettoError)
    return new LibrettoError(thrown.code, `${where}: ${thrown.message}`, thrown.hint, { cause: thrown });
  const text = (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\x1b\[[\d;]*m/g, "");
  const [head = "", ...rest] = text.split("\n");
  const message = head.replace(/^[\w.]+: /, "").replace(/^Error: /, "");
  if (/^Timeout \d+ms exceeded/.test(message))
    return new LibrettoError(
      "TimedOut",
      `${where}: not done within ${timeoutMs} ms: ${reasonIn(rest) ?? "the page did not get that far"}`,
      "Look at the page (`libretto snapshot`), and choose another target or a longer --timeout.",
      { cause: thrown },
    );
  const matches = rest.filter((line) => /^\s*\d+\) /.test(line)).map((line) => line.trim().slice(0, 150));
  return new LibrettoError(
    "CodeFailed",
    `${where}: ${[message.slice(0, 400), ...matches.slice(0, 4)].join(" ")}`,
    "Look at the page (`libretto snapshot`), and choose a target that one element answers to.",
    { cause: thrown },
  );
}

/** The last thing in a call's log that tells why it went on waiting. */
function reasonIn(log: string[]): string | undefined {
  const lines = log.map((line) => line.replace(/^[\s\-·]+(?:\d+ × )?/, "").trim()).filter((line) => line !== "");
  const telling = lines.filter((line) =>
    /is not |intercepts|outside|resolved to|waiting for (?!element|timeout|scheduled)|disabled/.test(line),
  );
  return telling.at(-1)?.slice(0, 300);
}
