/** Makes rows of `actions.jsonl` of what code does to pages. What only reads leaves no row. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Dialog, ElementHandle, Frame, Locator, Page } from "playwright-core";
import type { ActionRow } from "../../logs/rows.js";
import { mask } from "../../logs/mask.js";
import { messageOf } from "../code/failure.js";
import { everyField, fieldsIn, isSecret, secretsOf, type Field } from "./secretFields.js";
import { Targets } from "../wire/targets.js";
import type { ClientCall } from "./clientCalls.js";
import { withTimeout } from "../../util/timeouts.js";

/** More of a value, in characters, than a row will hold: it is cut once it is masked, where all secrets are known. */
const maxValueLength = 5_000;
/** How long the questions around an action may take, in ms; they must not slow it down noticeably. */
const timeoutMs = 500;

/** Public methods that do something to a page or to the browser's data. */
const acting = new Set(
  (
    "click dblclick tap hover focus blur check uncheck setChecked clear fill type press pressSequentially insertText down up move wheel selectOption selectText " +
    "setInputFiles dispatchEvent dragTo dragAndDrop drop scrollIntoViewIfNeeded evaluate evaluateAll evaluateHandle $eval $$eval goto reload goBack goForward " +
    "setContent addScriptTag addStyleTag addInitScript close bringToFront setViewportSize emulateMedia newPage newContext addCookies clearCookies setOffline " +
    "grantPermissions clearPermissions setGeolocation setExtraHTTPHeaders route unroute accept dismiss fetch get post put delete patch setItem removeItem"
  ).split(" "),
);
/** What these were given was typed, and may be a password. */
const typing = new Set(["fill", "clear", "type", "pressSequentially", "insertText", "press", "down", "up", "accept"]);

/** Where rows go. */
export interface ActionSink {
  /** The CDP target of a page. */
  targetIdOf(page: Page): Promise<string | undefined>;
  record(row: ActionRow): void;
  /** Hears what is typed into a field for secrets before a page can send it anywhere. No row holds it. */
  learn(secret: string): void;
}

/** What is known of a call's object. */
interface Subject {
  page?: Page | undefined;
  /** As code that finds the element, such as `getByRole('button')`. */
  selector?: string | undefined;
  /** The fields that it stands for; undefined where they are not there (yet). */
  fields?: () => Promise<Field[] | undefined>;
}

export class ActionRecorder {
  /** Set while we ask Playwright something ourselves. */
  readonly #asking = new AsyncLocalStorage<true>();

  constructor(private readonly sink: ActionSink) {}

  /** Whether the call that is made now is a question of ours, and none of the code's. */
  get isAsking(): boolean {
    return this.#asking.getStore() === true;
  }

  /** Sends a call, and records it if it acts. */
  async send(call: ClientCall, send: () => Promise<unknown>): Promise<unknown> {
    const called = call.apiName?.split(".").at(-1) ?? "";
    // Which of the two it came to is what is worth knowing.
    const action = called === "setChecked" && /^(?:un)?check$/.test(call.method) ? call.method : called;
    if (!acting.has(action) || this.#asking.getStore()) return send();
    const row: ActionRow = {
      ts: new Date().toISOString(),
      source: "agent",
      pageId: null,
      action,
      duration: 0,
      success: true,
    };
    const subject = await this.#asking.run(true, () => subjectOf(call));
    if (subject.selector !== undefined) row.selector = subject.selector;
    const url = call.params["url"] ?? subject.page?.url();
    if (typeof url === "string") row.url = url;
    const { x, y } = call.params;
    if (typeof x === "number" && typeof y === "number") row.coordinates = { x, y };
    const value = valueOf(call, action);
    const isTyped = typing.has(action);
    const secretBefore = isTyped ? isSecret(await this.#ask(subject)) : false;
    if (secretBefore === true) this.#learnTyped(value, action);
    // Before it is sent: it may close the page. Known from the page's first action on.
    const pageBefore = await withTimeout(this.#targetIdOf(subject.page), timeoutMs, () => undefined);
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
      // What stands in the field now may be more than what this call has typed.
      const after = secretBefore === false ? undefined : await this.#ask(subject);
      // An element that was not there before is known now; one that nobody knows of counts as a secret's.
      const known = secretBefore ?? isSecret(after);
      const hide = (known ?? true) && !isNamedKey(value, action);
      // What was not typed, since no element was found, is no secret elsewhere.
      if (secretBefore === undefined && (known ?? row.success)) this.#learnTyped(value, action);
      for (const secret of secretsOf(after ?? [])) this.sink.learn(secret);
      // The row holds the code, and with it the password that it may have put into a field.
      if (mayFillFields(action, value))
        for (const secret of secretsOf((await this.#ask({ fields: () => fieldsOf(subject.page) })) ?? []))
          this.sink.learn(secret);
      // A short one is not looked for within text, and Playwright's errors repeat what was to be typed.
      if (hide && value !== undefined && row.error !== undefined && value.length > 2)
        row.error = row.error.replaceAll(value, mask);
      if (value !== undefined) row.value = hide && value !== "" ? mask : value.slice(0, maxValueLength);
      const targetId = pageBefore ?? (await this.#targetIdOf(subject.page));
      if (targetId !== undefined) row.pageId = Targets.idOf(targetId);
      this.sink.record(row);
    }
  }

  #targetIdOf(page: Page | undefined): Promise<string | undefined> {
    if (!page) return Promise.resolve(undefined);
    return this.#asking.run(true, () => this.sink.targetIdOf(page)).catch(() => undefined);
  }

  /** Keys are pressed one at a time: each is hidden, but only what they make together is looked for elsewhere. */
  #learnTyped(value: string | undefined, action: string): void {
    if (value !== undefined && value !== "" && !isKey(action)) this.sink.learn(value);
  }

  /** Nothing is waited for: an action waits for its element itself. */
  #ask({ fields }: Subject): Promise<Field[] | undefined> {
    if (!fields) return Promise.resolve(undefined);
    const asked = this.#asking.run(true, () => fields().catch(() => undefined));
    return withTimeout(asked, timeoutMs, () => undefined);
  }
}

function isKey(action: string): boolean {
  return action === "press" || action === "down" || action === "up";
}

/** `Enter` or `Control+Home` are no part of what is typed. */
function isNamedKey(value: string | undefined, action: string): boolean {
  return isKey(action) && value !== undefined && !/(?:^|\+).$/su.test(value);
}

/** The element that a call is about, where it is one of a frame. */
export function locatorOf({ object, params: { selector, source } }: ClientCall): Locator | undefined {
  const wanted = typeof selector === "string" ? selector : source;
  return isFrame(object) && typeof wanted === "string" ? object.locator(wanted) : undefined;
}

async function subjectOf(call: ClientCall): Promise<Subject> {
  const { object } = call;
  if (isFrame(object)) {
    const page = object.page();
    const locator = locatorOf(call);
    if (!locator) return { page };
    return { page, selector: String(locator), fields: () => locator.evaluateAll(fieldsIn) };
  }
  if (isPage(object)) return { page: object, fields: () => focusedFields(object) };
  // A dialog asks for a secret in its own words.
  if (isDialog(object))
    return {
      page: object.page() ?? undefined,
      fields: () =>
        Promise.resolve([
          { type: object.type(), autocomplete: "", names: object.message().split(/[\s:?!]+/), value: "" },
        ]),
    };
  if (isHandle(object)) {
    const frame = await object.ownerFrame().catch(() => null);
    return { page: frame?.page(), selector: describeHandle(object), fields: () => object.evaluate(fieldsIn) };
  }
  return {};
}

/** What a call was given, in words. */
function valueOf({ params }: ClientCall, action: string): string | undefined {
  const {
    value,
    text,
    key,
    options,
    expression,
    target,
    localPaths,
    payloads,
    promptText,
    method,
    deltaX,
    deltaY,
    viewportSize,
  } = params;
  for (const told of [value, text, key, expression, promptText]) if (typeof told === "string") return told;
  if (Array.isArray(options))
    return (options as { valueOrLabel?: string; value?: string; label?: string; index?: number }[])
      .map((one) => one.valueOrLabel ?? one.value ?? one.label ?? String(one.index ?? ""))
      .join(", ");
  if (typeof target === "string") return target;
  if (Array.isArray(localPaths)) return localPaths.join(", ");
  if (Array.isArray(payloads)) return (payloads as { name?: string }[]).map(({ name }) => name ?? "").join(", ");
  if (action === "wheel") return `${Number(deltaX)}, ${Number(deltaY)}`;
  if (viewportSize !== undefined) return JSON.stringify(viewportSize);
  return typeof method === "string" ? method : undefined;
}

/** Whether that is code of the page's that may put something into a field. */
function mayFillFields(action: string, code: string | undefined): boolean {
  return code !== undefined && /eval/.test(action) && /\bvalue\b|\bsetAttribute\b/.test(code);
}

/** Every field of a page. */
async function fieldsOf(page: Page | undefined): Promise<Field[]> {
  const answers = await Promise.all(
    (page?.frames() ?? []).map((frame) => frame.evaluate<Field[]>(everyField).catch(() => [])),
  );
  return answers.flat();
}

/** Which frame has the focus is not asked: one secret field that is active in any of them is enough to be careful. */
async function focusedFields(page: Page): Promise<Field[]> {
  const focused = `(${String(fieldsIn)})((${String(activeElements)})())`;
  const answers = await Promise.all(page.frames().map((frame) => frame.evaluate<Field[]>(focused).catch(() => [])));
  return answers.flat();
}

interface Focusable {
  shadowRoot?: { activeElement: Focusable | null } | null;
}

/** Runs in the page. */
function activeElements(): Focusable[] {
  let element = (globalThis as unknown as { document: { activeElement: Focusable | null } }).document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element === null ? [] : [element];
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
