/** Makes rows of `actions.jsonl` of what code does to pages. What only reads leaves no row. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Dialog, ElementHandle, Frame, Page } from "playwright-core";
import type { ActionRow } from "../../logs/rows.js";
import { messageOf } from "../code/failure.js";
import { Targets } from "../targets.js";
import type { ClientCall } from "./clientCalls.js";

/** Stands in a row for what was typed into a password field. The same as the redactor's. */
const masked = "***masked***";
/** Longest value in a row, in characters: a row is for reading. */
const longestValue = 1_000;
/** How long the questions around an action may take, in ms; they must not slow it down noticeably. */
const patienceMs = 500;

/** Public methods that do something to a page or to the browser's data. */
const acting = new Set(
  ("click dblclick tap hover focus blur check uncheck setChecked clear fill type press pressSequentially insertText down up move wheel selectOption selectText " +
    "setInputFiles dispatchEvent dragTo dragAndDrop drop scrollIntoViewIfNeeded evaluate evaluateAll evaluateHandle $eval $$eval goto reload goBack goForward " +
    "setContent addScriptTag addStyleTag addInitScript close bringToFront setViewportSize emulateMedia newPage newContext addCookies clearCookies setOffline " +
    "grantPermissions clearPermissions setGeolocation setExtraHTTPHeaders route unroute accept dismiss fetch get post put delete patch setItem removeItem").split(" "),
);
/** What these were given was typed, and may be a password. */
const typing = new Set(["fill", "clear", "type", "pressSequentially", "insertText", "press", "down", "up"]);

/** Where rows go. */
export interface ActionSink {
  /** The CDP target of a page. */
  targetIdOf(page: Page): Promise<string | undefined>;
  /** @param secret what was typed into a password field, which the row does not hold */
  record(row: ActionRow, secret?: string): void;
}

/** What is known of a call's object. */
interface Subject {
  page?: Page | undefined;
  /** As code that finds the element, such as `getByRole('button')`. */
  selector?: string | undefined;
  /** Whether it is a password field; undefined where it is not there (yet). */
  isPassword?: () => Promise<boolean | undefined>;
}

export class ActionRecorder {
  /** Set while we ask Playwright something ourselves. */
  readonly #asking = new AsyncLocalStorage<true>();

  constructor(private readonly sink: ActionSink) {}

  /** Sends a call, and records it if it acts. */
  async send(call: ClientCall, send: () => Promise<unknown>): Promise<unknown> {
    const action = call.apiName?.split(".").at(-1) ?? "";
    if (!acting.has(action) || this.#asking.getStore()) return send();
    const row: ActionRow = { ts: new Date().toISOString(), source: "agent", pageId: null, action, duration: 0, success: true };
    const subject = await this.#asking.run(true, () => subjectOf(call));
    if (subject.selector !== undefined) row.selector = subject.selector;
    const url = call.params["url"] ?? subject.page?.url();
    if (typeof url === "string") row.url = url;
    const { x, y } = call.params;
    if (typeof x === "number" && typeof y === "number") row.coordinates = { x, y };
    const isTyped = typing.has(action);
    const secretBefore = isTyped && (await this.#asking.run(true, () => takesPassword(subject)));
    const began = performance.now();
    try {
      const result = await send();
      subject.page ??= pageOf(result);
      return result;
    } catch (error) {
      row.success = false;
      row.error = error instanceof Error ? messageOf(error) : String(error);
      throw error;
    } finally {
      row.duration = Math.round((performance.now() - began) * 10) / 10;
      // The result of a call does not wait for our questions, but rows keep the order of their actions.
      const finish = async (): Promise<void> => {
        // An element that was not there before is asked now; one that nobody knows of counts as a password field.
        const hide = isTyped && (secretBefore ?? (await takesPassword(subject)) ?? true);
        const value = valueOf(call, action);
        if (value !== undefined) row.value = hide && value !== "" ? masked : value.slice(0, longestValue);
        const secret = hide && value !== undefined && value !== "" && !isKey(action) ? value : undefined;
        // Playwright's errors repeat what was to be typed.
        if (secret !== undefined && row.error !== undefined) row.error = row.error.replaceAll(secret, masked);
        const targetId = subject.page && (await this.sink.targetIdOf(subject.page));
        if (targetId !== undefined) row.pageId = Targets.idOf(targetId);
        this.sink.record(row, secret);
      };
      await this.#asking.run(true, finish);
    }
  }
}

/** Keys are pressed one at a time: each is hidden, but none is a secret to look for elsewhere. */
function isKey(action: string): boolean {
  return action === "press" || action === "down" || action === "up";
}

async function subjectOf({ object, params }: ClientCall): Promise<Subject> {
  const { selector, source } = params;
  const wanted = typeof selector === "string" ? selector : source;
  if (isFrame(object)) {
    const page = object.page();
    if (typeof wanted !== "string") return { page };
    const locator = object.locator(wanted);
    return { page, selector: String(locator), isPassword: () => locator.evaluateAll(anyPassword) };
  }
  if (isPage(object)) return { page: object, isPassword: () => anyFocusedPassword(object) };
  if (isDialog(object)) return { page: object.page() ?? undefined };
  if (isHandle(object)) {
    const frame = await object.ownerFrame().catch(() => null);
    return { page: frame?.page(), selector: describeHandle(object), isPassword: () => object.evaluate(isPasswordField) };
  }
  return {};
}

/** What a call was given, in words. */
function valueOf({ params }: ClientCall, action: string): string | undefined {
  const { value, text, key, options, expression, target, localPaths, payloads, promptText, method, deltaX, deltaY, viewportSize } = params;
  for (const told of [value, text, key, expression, promptText]) if (typeof told === "string") return told;
  if (Array.isArray(options)) return (options as { valueOrLabel?: string; value?: string; label?: string; index?: number }[]).map((one) => one.valueOrLabel ?? one.value ?? one.label ?? String(one.index ?? "")).join(", ");
  if (typeof target === "string") return target;
  if (Array.isArray(localPaths)) return localPaths.join(", ");
  if (Array.isArray(payloads)) return (payloads as { name?: string }[]).map(({ name }) => name ?? "").join(", ");
  if (action === "wheel") return `${Number(deltaX)}, ${Number(deltaY)}`;
  if (viewportSize !== undefined) return JSON.stringify(viewportSize);
  return typeof method === "string" ? method : undefined;
}

/**
 * Whether what is typed goes into a password field; undefined where that cannot be told. Nothing is waited
 * for: an action waits for its element itself.
 */
function takesPassword({ isPassword }: Subject): Promise<boolean | undefined> {
  if (!isPassword) return Promise.resolve(undefined);
  return Promise.race([isPassword().catch(() => undefined), new Promise<undefined>((resolve) => setTimeout(resolve, patienceMs, undefined).unref())]);
}

/** What a field looks like from inside the page, where these functions run. A label stands for its field. */
interface FieldLike { type?: string; control?: { type?: string } | null }

function anyPassword(elements: unknown[]): boolean | undefined {
  return elements.length === 0 ? undefined : elements.some((element) => ((element as FieldLike).control ?? (element as FieldLike)).type === "password");
}

function isPasswordField(element: unknown): boolean {
  return ((element as FieldLike).control ?? (element as FieldLike)).type === "password";
}

/** Which frame has the focus is not asked: one password field that is active in any of them is enough to be careful. */
async function anyFocusedPassword(page: Page): Promise<boolean> {
  const answers = await Promise.all(
    page.frames().map((frame) =>
      frame
        .evaluate(() => {
          interface Focusable { type?: string; shadowRoot?: { activeElement: Focusable | null } | null }
          let element = (globalThis as unknown as { document: { activeElement: Focusable | null } }).document.activeElement;
          while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
          return element?.type === "password";
        })
        .catch(() => false),
    ),
  );
  return answers.includes(true);
}

function isFrame(object: object): object is Frame {
  return "parentFrame" in object && "locator" in object;
}

function isPage(object: object): object is Page {
  return "mainFrame" in object;
}

function isDialog(object: object): object is Dialog {
  return "defaultValue" in object && "dismiss" in object;
}

function isHandle(object: object): object is ElementHandle {
  return "ownerFrame" in object;
}

function describeHandle(handle: object): string {
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- Playwright's handles print as the element's opening tag
  return String(handle);
}

/** `newPage` answers with the page, as the protocol has it. */
function pageOf(result: unknown): Page | undefined {
  const page = (result as { page?: { _object?: object } } | undefined)?.page?._object;
  return page !== undefined && isPage(page) ? page : undefined;
}
