/**
 * What a person does with the mouse and the keys on the picture, as events for the page. The keys come from a text
 * field that nobody sees, since input methods and pasting work in one alone. It has the keyboard only after a click on
 * the picture or Enter; Escape gives it back.
 */
import type { InputEvent, MouseButton } from "../../../sessions/ipc/liveProtocol.js";
import { belongsToInputMethod, isPaste, keyEvent, modifiersOf, staysWithEditor } from "./pageKeys.js";
import type { Picture } from "./picture.js";

export interface PageInputParts {
  picture: Picture;
  /** The events of one moment, in their order. */
  send(events: InputEvent[]): void;
  /** Escape was pressed. */
  leave(): void;
  /** Somebody tried what read-only does not allow. */
  refused(): void;
}

const buttons: MouseButton[] = ["left", "middle", "right"];
/** CSS pixels of a wheel's line. */
const lineHeight = 16;

export class PageInput {
  readonly field = document.createElement("textarea");
  #isOn = false;
  #isPaused = false;
  #pending: InputEvent[] = [];
  #frame = 0;
  #pressed = 0;
  /** Where the finger was last. */
  #finger: { clientX: number; clientY: number } | undefined;

  constructor(private readonly parts: PageInputParts) {
    const { field } = this;
    field.className = "keys";
    field.spellcheck = false;
    field.autocapitalize = "off";
    field.setAttribute("autocomplete", "off");
    field.tabIndex = -1;
    this.#listenToKeys();
    this.#listenToMouse();
    this.#listenToFingers();
  }

  /** Whether input goes to the page. */
  get isOn(): boolean {
    return this.#isOn && !this.#isPaused;
  }

  get hasKeys(): boolean {
    return document.activeElement === this.field;
  }

  set(isOn: boolean): void {
    if (this.#isOn === isOn) return;
    this.#isOn = isOn;
    // A field that is disabled would lose the keyboard to nowhere.
    if (this.hasKeys && !isOn) this.parts.picture.surface.focus();
    this.field.disabled = !isOn;
    // What has not been sent yet is not sent any more.
    this.#pending = [];
    this.#pressed = 0;
  }

  /** While locators are picked, the mouse is not the page's. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#pending = [];
  }

  takeKeys(): void {
    if (this.isOn) this.field.focus({ preventScroll: true });
    else if (!this.#isPaused) this.parts.refused();
  }

  #listenToMouse(): void {
    const { surface } = this.parts.picture;
    surface.addEventListener("mousedown", (event) => {
      if (this.#isPaused) return;
      if (!this.isOn) return this.parts.refused();
      event.preventDefault();
      this.field.focus({ preventScroll: true });
      this.#pressed |= 1 << event.button;
      this.#mouse("down", event);
    });
    const isOurs = (event: MouseEvent): boolean => this.isOn && (this.#pressed !== 0 || event.target === surface);
    // What is held down is followed out of the picture.
    window.addEventListener("mousemove", (event) => {
      if (isOurs(event)) this.#mouse("move", event);
    });
    window.addEventListener("mouseup", (event) => {
      if (!this.isOn || (this.#pressed & (1 << event.button)) === 0) return;
      this.#pressed &= ~(1 << event.button);
      this.#mouse("up", event);
    });
    surface.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
    });
    surface.addEventListener(
      "wheel",
      (event) => {
        if (!this.isOn) return;
        event.preventDefault();
        const scale = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? lineHeight : 1;
        const place = this.parts.picture.placeOf(event);
        this.#wheel(place, event.deltaX * scale, event.deltaY * scale, modifiersOf(event));
      },
      { passive: false },
    );
  }

  /** A finger that moves scrolls; of one that taps the window makes a click by itself. */
  #listenToFingers(): void {
    const { picture } = this.parts;
    picture.surface.addEventListener("touchstart", ({ touches }) => (this.#finger = touches[0]), { passive: true });
    picture.surface.addEventListener(
      "touchmove",
      (event) => {
        const [touch] = event.touches;
        if (!this.isOn || !touch || !this.#finger || event.touches.length > 1) return;
        event.preventDefault();
        const [from, to] = [picture.placeOf(this.#finger), picture.placeOf(touch)];
        this.#finger = touch;
        this.#wheel(to, from.x - to.x, from.y - to.y, modifiersOf(event));
      },
      { passive: false },
    );
  }

  #wheel(place: { x: number; y: number }, deltaX: number, deltaY: number, modifiers: number): void {
    const last = this.#pending.at(-1);
    if (last?.type === "wheel") Object.assign(last, { deltaX: last.deltaX + deltaX, deltaY: last.deltaY + deltaY });
    else this.#queue({ type: "wheel", ...place, deltaX, deltaY, modifiers });
  }

  #mouse(action: "move" | "down" | "up", event: MouseEvent): void {
    const { x, y } = this.parts.picture.placeOf(event);
    // Of a move the browser names the button that is held.
    const held = buttons.find((_button, index) => (this.#pressed & (1 << index)) !== 0) ?? "none";
    const moved: InputEvent = {
      type: "mouse",
      action,
      x,
      y,
      button: action === "move" ? held : (buttons[event.button] ?? "none"),
      buttons: event.buttons,
      clickCount: action === "move" ? 0 : Math.max(1, Math.min(event.detail, 20)),
      modifiers: modifiersOf(event),
    };
    const last = this.#pending.at(-1);
    if (action === "move" && last?.type === "mouse" && last.action === "move") this.#pending.pop();
    this.#queue(moved, action !== "move");
  }

  #listenToKeys(): void {
    const { field } = this;
    field.addEventListener("keydown", (event) => {
      if (staysWithEditor(event)) return;
      event.stopPropagation();
      if (belongsToInputMethod(event) || isPaste(event)) return;
      event.preventDefault();
      if (event.key === "Escape" && !event.shiftKey) return this.parts.leave();
      this.#queue(keyEvent(event, "down"), true);
    });
    field.addEventListener("keyup", (event) => {
      if (staysWithEditor(event)) return;
      event.stopPropagation();
      if (belongsToInputMethod(event) || isPaste(event) || (event.key === "Escape" && !event.shiftKey)) return;
      event.preventDefault();
      this.#queue(keyEvent(event, "up"), true);
    });
    field.addEventListener("compositionupdate", ({ data }) => this.#queue({ type: "compose", text: data }, true));
    field.addEventListener("compositionend", ({ data }) => {
      this.#queue({ type: "text", text: data }, true);
      field.value = "";
    });
    field.addEventListener("beforeinput", (event) => {
      // What comes without a key, as from a picker of emoji.
      if (event.inputType !== "insertText" || event.data === null) return;
      event.preventDefault();
      this.#queue({ type: "text", text: event.data }, true);
    });
    field.addEventListener("input", (event) => {
      if (!(event as InputEventInit).isComposing) field.value = "";
    });
    field.addEventListener("paste", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (text !== "") this.#queue({ type: "text", text }, true);
    });
  }

  #queue(event: InputEvent, atOnce = false): void {
    if (!this.isOn) return;
    this.#pending.push(event);
    if (atOnce) this.#flush();
    else if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const events = this.#pending;
    this.#pending = [];
    if (events.length > 0 && this.isOn) this.parts.send(events);
  }
}
