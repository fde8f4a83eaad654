/**
 * Runs in every frame, in a world of its own, before the page's first script, and tells the host what a person
 * does there. It changes nothing: no element, no attribute, no default action. Only events that the browser
 * made are looked at, and they are seen before the page can stop them.
 */
import type {
  ElementObservation,
  FrameDescription,
  Observation,
  ObservedElement,
  PageSettings,
} from "../observations.js";
import { actedOn } from "./accessibleName.js";
import { ancestors, localName, queryAll, rootOf, textContent } from "./dom.js";
import { keyName, isBrowsersOwn, isPartOfTyping } from "./keys.js";
import { boxesOf, hidesField, isPassword, isSecretField } from "./secretFields.js";
import { describe, describeFrameElement } from "./selectors.js";

declare const librettoSettings: PageSettings;

const settings = librettoSettings;
const maxValueLength = 10_000;
/** Long values are reported this often, in ms, while they grow. */
const longValueMs = 300;
const longValue = 1_000;

const numbers = new WeakMap<Element, number>();
/** Elements whose selectors the host has: those that are being typed into. */
let told: Element | undefined;
let count = 0;

/** The field that is being typed into. */
let typing: { element: Element; unsent: ReturnType<typeof setTimeout> | undefined; at: number } | undefined;
/** The latest press of a key that clicks: the click that follows is its doing. */
let keyClick = -Infinity;
/** The latest click on a label: the browser repeats it on what it labels, unless a link in it or the page takes it. */
let labelClick: { at: number; control: Element; repeated: boolean } | undefined;

function send(observation: Observation): void {
  try {
    (globalThis as unknown as Record<string, ((payload: string) => void) | undefined>)[settings.binding]?.(
      JSON.stringify(observation),
    );
  } catch {
    // The host is gone; the page is not to notice.
  }
}

type Told<Kind> = Kind extends ElementObservation ? Omit<Kind, "at" | "element" | "url" | "about"> : never;

/** @param about false where the host knows the element */
function tell(event: Event, element: Element | undefined, observation: Told<ElementObservation>, about = true): void {
  tellWheel();
  tellOf(event, element, observation, about);
}

function tellOf(event: Event, element: Element | undefined, observation: Told<ElementObservation>, about = true): void {
  const base = { at: timeOf(event), element: element ? numberOf(element) : 0, url: location.href };
  send({ ...base, ...observation, ...(element && about ? { about: describe(element) } : {}) });
}

/** By the clock of the day, which a machine that slept has set again; that of the events stood still meanwhile. */
function timeOf(event: Event): number {
  return Math.round(Date.now() - performance.now() + event.timeStamp);
}

function targetOf(event: Event): Element | undefined {
  const [target] = event.composedPath();
  return target instanceof Element ? target : target instanceof Document ? target.documentElement : undefined;
}

/** The whole of what is edited: the outermost editable element, not the paragraph in it. */
function editingHost(element: Element): HTMLElement | undefined {
  if (!(element instanceof HTMLElement) || !element.isContentEditable) return undefined;
  let host = element;
  while (host.parentElement?.isContentEditable === true) host = host.parentElement;
  return host;
}

function isTyped(element: Element): boolean {
  return (
    element instanceof HTMLTextAreaElement ||
    (element instanceof HTMLInputElement &&
      !/^(?:checkbox|radio|file|button|submit|reset|image|hidden)$/.test(element.type))
  );
}

function isCheckable(element: Element): element is HTMLInputElement {
  return element instanceof HTMLInputElement && (element.type === "checkbox" || element.type === "radio");
}

function valueOf(element: Element): string {
  if (hidesField(element)) return settings.mask;
  if (isSecretField(element) && settings.redact) return rawValue(element) === "" ? "" : settings.mask;
  return rawValue(element).slice(0, maxValueLength);
}

function rawValue(element: Element): string {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) return element.value;
  return element instanceof HTMLElement ? element.innerText : textContent(element);
}

/** Lets the host hide a secret wherever it turns up, under whatever name it is sent. */
function tellSecret(element: Element, complete: boolean): void {
  if (!settings.redact || hidesField(element) || !isSecretField(element)) return;
  // Of a code that is typed one character a box, what is secret is the whole.
  const boxes = boxesOf(element);
  const value = boxes ? boxes.map(rawValue).join("") : rawValue(element);
  if (value !== "" && value.length <= longValue)
    send({ kind: "secret", at: Date.now(), element: numberOf(boxes?.[0] ?? element), value, complete });
}

function numberOf(element: Element): number {
  const number = numbers.get(element) ?? ++count;
  numbers.set(element, number);
  return number;
}

function typed(event: Event, element: Element): void {
  if (typing?.element !== element) {
    commit(event);
    typing = { element, unsent: undefined, at: 0 };
  }
  const current = typing;
  const now = Date.now();
  const sendNow = (): void => {
    clearTimeout(current.unsent);
    current.unsent = undefined;
    current.at = Date.now();
    tellSecret(element, false);
    const known = told === element;
    told = element;
    tell(event, element, { kind: "input", value: valueOf(element) }, !known);
  };
  if (!isLong(element) || now - current.at >= longValueMs) sendNow();
  else current.unsent ??= setTimeout(sendNow, longValueMs);
}

/** To read what an editor shows takes a layout of it, so that is not done for every key. */
function isLong(element: Element): boolean {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
    ? element.value.length > longValue
    : true;
}

/** What was typed is done: the next key begins another entry. */
function commit(event: Event): void {
  if (!typing) return;
  const { element, unsent } = typing;
  typing = undefined;
  told = undefined;
  tellSecret(element, true);
  if (unsent !== undefined) {
    clearTimeout(unsent);
    tell(event, element, { kind: "input", value: valueOf(element) }, false);
  }
  tell(event, element, { kind: "commit" }, false);
}

function clicked(event: MouseEvent, button: "left" | "middle" | "right"): void {
  const target = targetOf(event);
  if (!target) return;
  const { pointerType } = event as PointerEvent;
  // A key that clicks is reported as a key.
  if (event.detail === 0 && pointerType === "" && event.timeStamp - keyClick < 1_000 && !hidesField(target)) return;
  if (labelClick?.at === event.timeStamp && labelClick.control === target) {
    labelClick.repeated = true;
    return;
  }
  // The label may lie outside of the shadow root that was clicked in.
  const label = event.composedPath().find((above) => above instanceof HTMLLabelElement);
  const control = label?.control ?? undefined;
  const viaLabel =
    control && control !== target && button === "left" ? { at: event.timeStamp, control, repeated: false } : undefined;
  if (viaLabel) labelClick = viaLabel;
  const element = actedOn(target);
  const place = { x: Math.round(event.clientX), y: Math.round(event.clientY) };
  const beginning = control ?? element;
  if (button === "left" && isBeginning(beginning)) return;
  commitElsewhere(event, element);
  const what = { kind: "click", button, ...place } as const;
  if (button === "left" && isCheckable(beginning)) {
    // Whether it is checked is known when the page has had its say.
    // An arrow key that checks the next of several clicks it, too, and nowhere.
    checking = { element: beginning, place: event.detail === 0 && pointerType === "" ? {} : place };
    // Ways of the page to replace the element while the click runs end here, too.
    setTimeout(() => {
      if (checking?.element !== beginning) return;
      checking = undefined;
      // What the label's control never heard of was meant for what lies in the label.
      tell(event, viaLabel?.repeated === false ? element : beginning, what);
    });
    return;
  }
  if (event.detail > 1 && event.detail % 2 === 0 && button === "left") {
    // The second of two is reported as a double click, which follows at once.
    second = { event, element, what };
    setTimeout(() => {
      if (second?.event !== event) return;
      second = undefined;
      tell(event, element, what);
    });
    return;
  }
  tell(event, element, what);
}

/** What is being dragged, as it was where it lay: where it is dropped, the page may put it elsewhere. */
let dragging: { element: Element; about: ObservedElement; x: number; y: number } | undefined;

function dragged(event: MouseEvent): void {
  const target = targetOf(event);
  const element = target && draggable(target);
  if (!element) return;
  tellWheel();
  commitElsewhere(event, element);
  dragging = {
    element,
    about: describe(element),
    x: Math.round(event.clientX),
    y: Math.round(event.clientY),
  };
}

function dropped(event: MouseEvent): void {
  const target = targetOf(event);
  const source = dragging;
  dragging = undefined;
  // What is dropped into a field is typed there.
  if (!source || !target || isTyped(target) || editingHost(target)) return;
  const { element, about, x, y } = source;
  const url = location.href;
  send({
    kind: "dragTo",
    at: timeOf(event),
    element: numberOf(element),
    url,
    about,
    target: describe(target).best,
    x,
    y,
  });
}

/** The element that a person drags by something in it; a selection of text is none. */
function draggable(target: Element): HTMLElement | undefined {
  for (const above of ancestors(target)) if (above instanceof HTMLElement && above.draggable) return above;
  return undefined;
}

/** What the wheel has scrolled since anything else was done. */
let wheeling:
  | {
      first: WheelEvent;
      /** What the pointer was over, and what of it scrolls. */
      target: Element;
      scroller: Element;
      dx: number;
      dy: number;
      timer: ReturnType<typeof setTimeout> | undefined;
    }
  | undefined;
/** After this long without it, scrolling is over, in ms. */
const wheelIdleMs = 2_000;

function wheeled(event: WheelEvent): void {
  const target = targetOf(event);
  // With Control it zooms.
  if (!target || event.ctrlKey) return;
  const scroller = wheeling?.target === target ? wheeling.scroller : scrollerOf(target);
  if (!scroller) return;
  if (wheeling && wheeling.scroller !== scroller) tellWheel();
  wheeling ??= { first: event, target, scroller, dx: 0, dy: 0, timer: undefined };
  wheeling.target = target;
  wheeling.dx += event.deltaX;
  wheeling.dy += event.deltaY;
  clearTimeout(wheeling.timer);
  wheeling.timer = setTimeout(tellWheel, wheelIdleMs);
}

function tellWheel(): void {
  if (!wheeling) return;
  const { first, scroller, dx, dy, timer } = wheeling;
  wheeling = undefined;
  clearTimeout(timer);
  const element = scroller === document.scrollingElement ? undefined : scroller;
  const place = { x: Math.round(first.clientX), y: Math.round(first.clientY) };
  tellOf(first, element, { kind: "wheel", dx: Math.round(dx), dy: Math.round(dy), ...place });
}

/** The innermost element around it that can be scrolled; undefined where not even the page can. */
function scrollerOf(target: Element): Element | undefined {
  const isLarger = ({ scrollHeight, clientHeight, scrollWidth, clientWidth }: Element): boolean =>
    scrollHeight > clientHeight || scrollWidth > clientWidth;
  for (const above of ancestors(target)) {
    if (above === document.scrollingElement || above === document.body || above === document.documentElement) break;
    if (isLarger(above) && /auto|scroll/.test(getComputedStyle(above).overflow)) return above;
  }
  const page = document.scrollingElement;
  return page && isLarger(page) ? page : undefined;
}

let checking: { element: Element; place: { x?: number; y?: number } } | undefined;
let second:
  | {
      event: Event;
      element: Element;
      what: { kind: "click"; button: "left" | "middle" | "right"; x: number; y: number };
    }
  | undefined;

/** A click that only opens what is then chosen from. */
function isBeginning(element: Element): boolean {
  if (element instanceof HTMLSelectElement || element instanceof HTMLOptionElement) return true;
  return (
    element instanceof HTMLInputElement &&
    /^(?:file|range|color|date|datetime-local|month|time|week)$/.test(element.type)
  );
}

/** Whether the window alone lost the focus: who looks something up in another one goes on with the same entry. */
function isLeftWithWindow(element: Element): boolean {
  return !document.hasFocus() && rootOf(element).activeElement === element;
}

function commitElsewhere(event: Event, element: Element): void {
  if (typing && typing.element !== element) commit(event);
}

function changed(event: Event, element: Element): void {
  if (isCheckable(element)) {
    const place = checking?.element === element ? checking.place : {};
    checking = undefined;
    tell(event, element, { kind: element.checked ? "check" : "uncheck", ...place });
  } else if (element instanceof HTMLSelectElement) {
    const chosen = [...element.selectedOptions].map((option) => option.label).join(", ");
    tell(event, element, { kind: "select", value: isSecretField(element) && settings.redact ? settings.mask : chosen });
  } else if (element instanceof HTMLInputElement && element.type === "file") {
    tell(event, element, { kind: "upload", value: [...(element.files ?? [])].map(({ name }) => name).join(", ") });
  } else if (typing?.element === element && !changesInSteps(element) && !isLeftWithWindow(element)) commit(event);
}

/** Fields that tell of a change with each key, each step and each part of a date: it is not the last of them. */
function changesInSteps(element: Element): boolean {
  return (
    element instanceof HTMLInputElement &&
    /^(?:date|datetime-local|month|time|week|number|range|color)$/.test(element.type)
  );
}

function pressed(event: KeyboardEvent): void {
  const target = targetOf(event);
  if (
    !target ||
    event.repeat ||
    event.isComposing ||
    /^(?:Control|Shift|Alt|Meta|AltGraph|CapsLock|NumLock|ScrollLock|Dead|Process|Unidentified)$/.test(event.key)
  )
    return;
  if (event.key === "Enter" || event.key === " ") keyClick = event.timeStamp;
  const editable = editingHost(target) ?? (isTyped(target) ? target : undefined);
  // A key that ends what is typed is reported; what was typed in a closed shadow root is not.
  if (
    isPartOfTyping(event, editable, target) ||
    (hidesField(target) && event.key !== "Enter" && isPartOfTyping(event, target, target))
  )
    return;
  const element = editable ?? (/^(?:body|html)$/.test(localName(target)) ? undefined : actedOn(target));
  const tellPress = (): void => {
    commit(event);
    tell(event, element, { kind: "press", key: keyName(event) });
  };
  // The browser's own keys act on the browser, unless the page takes them for itself.
  if (isBrowsersOwn(event, element !== undefined)) setTimeout(() => event.defaultPrevented && tellPress());
  else tellPress();
}

const listeners: Record<string, (event: Event) => void> = {
  click: (event) => clicked(event as MouseEvent, "left"),
  auxclick: (event) => (event as MouseEvent).button === 1 && clicked(event as MouseEvent, "middle"),
  contextmenu: (event) => (event as MouseEvent).button === 2 && clicked(event as MouseEvent, "right"),
  dblclick: (event) => {
    const target = targetOf(event);
    const { clientX, clientY } = event as MouseEvent;
    if (target && second)
      tell(event, second.element, { kind: "dblclick", button: "left", x: Math.round(clientX), y: Math.round(clientY) });
    second = undefined;
  },
  keydown: (event) => pressed(event as KeyboardEvent),
  dragstart: (event) => dragged(event as MouseEvent),
  dragend: () => (dragging = undefined),
  drop: (event) => dropped(event as MouseEvent),
  input: (event) => {
    const target = targetOf(event);
    const element = target && (editingHost(target) ?? (isTyped(target) || hidesField(target) ? target : undefined));
    if (element) typed(event, element);
  },
  change: (event) => {
    const target = targetOf(event);
    if (target) changed(event, target);
  },
  focusout: (event) => {
    const target = targetOf(event);
    if (!target || !typing || (typing.element !== target && typing.element !== editingHost(target))) return;
    if (!isLeftWithWindow(typing.element)) commit(event);
  },
  focusin: (event) => {
    // Known as a password from the start, also if the page shows it later.
    const target = targetOf(event);
    if (target) isPassword(target);
  },
  submit: (event) => {
    const form = targetOf(event);
    if (form instanceof HTMLFormElement)
      for (const field of queryAll(form, "input")) {
        if (isPassword(field)) tellSecret(field, true);
      }
    commit(event);
  },
  wheel: (event) => wheeled(event as WheelEvent),
  pagehide: (event) => {
    commit(event);
    tellWheel();
  },
  pointerdown: (event) => send({ kind: "activity", at: timeOf(event) }),
};

function guarded(event: Event): void {
  if (!event.isTrusted) return;
  try {
    listeners[event.type]?.(event);
  } catch {
    // A trap of the page's costs one entry; an error here would be shown on the page's console.
  }
}

function listen(): void {
  for (const type of Object.keys(listeners)) window.addEventListener(type, guarded, { capture: true, passive: true });
}

/** Called by the host in the frame around: how the element that holds a frame is found. */
(globalThis as unknown as Record<string, unknown>)[settings.describeFrame] = (element: Element): FrameDescription => {
  const { selector, best } = describeFrameElement(element);
  const { left, top } = Element.prototype.getBoundingClientRect.call(element);
  const { clientLeft, clientTop } = element;
  return { selector, best, x: left + clientLeft, y: top + clientTop };
};

listen();
// `document.open()` takes all listeners off the window and the document. It also empties the document, which
// an observer sees, and listening twice is listening once.
new MutationObserver(listen).observe(document, { childList: true });
