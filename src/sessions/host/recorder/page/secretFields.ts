/** Which fields hold secrets: what is typed there is masked before it leaves the page. */
import { asksForSecret } from "../../../logs/secretNames.js";
import { labelsOf } from "./accessibleName.js";
import { ancestors, attribute, hasAttribute, localName, queryAll, shadowRoot } from "./dom.js";

/** A field that ever was one for passwords stays one, also while its value is shown. */
const wasPassword = new WeakSet<Element>();

export function isPassword(element: Element): boolean {
  if (element instanceof HTMLInputElement && element.type === "password") wasPassword.add(element);
  return wasPassword.has(element);
}

const hiding = new WeakSet<Element>();

/**
 * Whether the element has, or had, the focus for something in a closed shadow root, where nobody can look: it cannot
 * have it for itself. What is typed there may be anything, and counts as a secret.
 */
export function hidesField(element: Element): boolean {
  if (hiding.has(element)) return true;
  if (document.activeElement !== element || shadowRoot(element) || !(element instanceof HTMLElement)) return false;
  const hides =
    element.tabIndex < 0 &&
    !hasAttribute(element, "tabindex") &&
    !element.isContentEditable &&
    !/^(?:body|html)$/.test(localName(element));
  if (hides) hiding.add(element);
  return hides;
}

/** How many boxes a code has that is typed one character a box; more of them are a puzzle. */
const boxCounts = { least: 4, most: 12 };
/** How far above a box the others are looked for. */
const maxBoxDepth = 5;

function isBox(element: Element): element is HTMLInputElement {
  return (
    element instanceof HTMLInputElement &&
    element.maxLength === 1 &&
    /^(?:text|tel|number|password)$/.test(element.type)
  );
}

/** The boxes of a code that is typed one character a box, in their order; undefined for any other field. */
export function boxesOf(element: Element): HTMLInputElement[] | undefined {
  if (!isBox(element)) return undefined;
  let depth = 0;
  for (const above of ancestors(element)) {
    if (above === element) continue;
    const boxes = queryAll(above, "input").filter(isBox);
    if (boxes.length >= boxCounts.least) return boxes.length <= boxCounts.most ? boxes : undefined;
    if (++depth === maxBoxDepth || localName(above) === "form") return undefined;
  }
  return undefined;
}

export function isSecretField(element: Element): boolean {
  if (isPassword(element) || hidesField(element) || boxesOf(element)) return true;
  const names = ["name", "id", "aria-label", "placeholder", "data-testid"].map(
    (name) => attribute(element, name) ?? "",
  );
  return asksForSecret(attribute(element, "autocomplete") ?? "", [...names, ...labelsOf(element)]);
}
