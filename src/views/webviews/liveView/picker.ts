/**
 * Picking a locator: the element under the mouse, or under the cross that the arrow keys move, has a box around it and
 * its locator beside. The page knows nothing of it: the host tells what is where.
 */
import { element, fill } from "../element.js";
import { iconButton, wordButton } from "../icons.js";
import type { Picture } from "./picture.js";
import type { FromView, LiveViewStrings, ShownElement } from "./protocol.js";

export interface PickerParts {
  picture: Picture;
  strings: LiveViewStrings;
  send: (message: FromView) => void;
  /** Picking begins or ends. */
  changed(isPicking: boolean): void;
  /** For those who do not see it. */
  say(text: string): void;
}

/** CSS pixels of the page that an arrow key moves the cross; with Shift. */
const step = 20;
const smallStep = 2;

export class Picker {
  /** What was picked last, and what to do with it. */
  readonly bar = element("div", "picked");
  #isOn = false;
  #request = 0;
  /** The place that is asked about; the next one waits until that is answered. */
  #asked = false;
  #next: { x: number; y: number } | undefined;
  /** Where the cross stands. */
  #at: { x: number; y: number } | undefined;

  constructor(private readonly parts: PickerParts) {
    this.bar.hidden = true;
    const { surface } = parts.picture;
    surface.addEventListener("mousemove", (event) => {
      if (this.#isOn) this.#look(parts.picture.placeOf(event));
    });
    surface.addEventListener("mouseleave", () => {
      if (this.#isOn && document.activeElement !== surface) this.#forget();
    });
    surface.addEventListener("click", (event) => {
      if (this.#isOn) this.#take(parts.picture.placeOf(event));
    });
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  set(isOn: boolean): void {
    if (this.#isOn === isOn) return;
    this.#isOn = isOn;
    this.parts.picture.stage.classList.toggle("picking", isOn);
    if (isOn) this.parts.say(this.parts.strings.pickHint);
    else this.#forget();
    this.parts.changed(isOn);
  }

  /** @returns whether the key was one of picking */
  key(event: KeyboardEvent): boolean {
    if (!this.#isOn) return false;
    if (event.key === "Escape") {
      this.set(false);
      return true;
    }
    const page = this.parts.picture.page;
    if (!page) return false;
    const at = this.#at ?? { x: page.width / 2, y: page.height / 2 };
    if (event.key === "Enter") {
      this.#take(at);
      return true;
    }
    const by = event.shiftKey ? smallStep : step;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-by, 0],
      ArrowRight: [by, 0],
      ArrowUp: [0, -by],
      ArrowDown: [0, by],
    };
    const move = moves[event.key];
    if (!move) return false;
    const inside = (value: number, end: number): number => Math.min(Math.max(value, 0), end - 1);
    this.#look({ x: inside(at.x + move[0], page.width), y: inside(at.y + move[1], page.height) });
    return true;
  }

  picked(request: number, found: ShownElement | null): void {
    if (request !== this.#request) return;
    this.#asked = false;
    if (!this.#isOn) return;
    const next = this.#next;
    this.#next = undefined;
    this.parts.picture.outline(found?.box ?? null, found ? this.#describe(found) : "");
    if (document.activeElement === this.parts.picture.surface)
      this.parts.say(found ? this.#describe(found) : this.parts.strings.nothingThere);
    if (next) this.#look(next);
  }

  taken(found: ShownElement | null, where: string): void {
    const { strings, send } = this.parts;
    this.set(false);
    if (!found) return this.parts.say(strings.nothingThere);
    const close = iconButton("close", strings.dismiss, () => this.#hideBar());
    const hidden =
      found.hidden === undefined
        ? []
        : [element("p", "hidden-part", found.hidden === "frame" ? strings.hiddenFrame : strings.hiddenShadow)];
    this.bar.replaceChildren(
      element("code", "locator", found.locator),
      element("span", "where", where),
      wordButton(strings.readElement, () => send({ type: "read" })),
      wordButton(strings.copyLocator, () => send({ type: "copy" })),
      close,
      ...hidden,
    );
    this.bar.hidden = false;
    this.parts.say([this.#describe(found), where, ...hidden.map(({ textContent }) => textContent)].join(". "));
  }

  #hideBar(): void {
    this.bar.hidden = true;
    this.parts.picture.surface.focus();
  }

  #describe({ role, name, tag, locator }: ShownElement): string {
    const { strings } = this.parts;
    return `${fill(strings.element, role || tag, name === "" ? strings.noName : `"${name}"`)} · ${locator}`;
  }

  #look(place: { x: number; y: number }): void {
    this.#at = place;
    if (this.#asked) {
      this.#next = place;
      return;
    }
    this.#asked = true;
    this.parts.send({ type: "pick", request: ++this.#request, ...place });
  }

  #take(place: { x: number; y: number }): void {
    this.parts.send({ type: "take", ...place });
  }

  #forget(): void {
    // An answer that is still on its way is of no use.
    this.#request++;
    this.#asked = false;
    this.#next = undefined;
    this.#at = undefined;
    this.parts.picture.outline(null);
  }
}
