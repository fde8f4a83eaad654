/**
 * Runs in a world of its own in a frame, when a place of it is pointed at: tells which element is there and how it is
 * found again. It only reads, by the prototypes of its own world; a page cannot notice it.
 */
import type { PickedHere } from "../observations.js";
import { actedOn, nameOf, roleOf } from "./accessibleName.js";
import { localName, shadowRoot } from "./dom.js";
import { describe, describeFrameElement } from "./selectors.js";

declare const librettoPickName: string;

function elementAt(x: number, y: number): Element | undefined {
  let found = Document.prototype.elementFromPoint.call(document, x, y);
  for (let root = found && shadowRoot(found); found && root; root = shadowRoot(found)) {
    const inner = ShadowRoot.prototype.elementFromPoint.call(root, x, y);
    if (!inner || inner === found || inner.getRootNode() !== root) break;
    found = inner;
  }
  return found ?? undefined;
}

const place = {
  /** The element that was found last. */
  element: undefined as Element | undefined,
  pick(x: number, y: number): PickedHere | null {
    const found = elementAt(x, y);
    place.element = found;
    if (!found) return null;
    const isFrame = found instanceof HTMLIFrameElement || found instanceof HTMLFrameElement;
    const element = isFrame ? found : actedOn(found);
    place.element = element;
    const { left, top, width, height } = Element.prototype.getBoundingClientRect.call(element);
    const { best } = isFrame ? describeFrameElement(element) : describe(element);
    const scale = isFrame && found.offsetWidth > 0 ? width / found.offsetWidth : 1;
    return {
      best,
      role: roleOf(element) ?? "",
      name: nameOf(element).slice(0, 200),
      tag: localName(element),
      box: { x: left, y: top, width, height },
      ...(isFrame ? { frame: { x: left + found.clientLeft * scale, y: top + found.clientTop * scale, scale } } : {}),
    };
  },
};

(globalThis as unknown as Record<string, unknown>)[librettoPickName] = place;
