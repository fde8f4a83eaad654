/** Which fields hold secrets: what is typed there is masked before it leaves the page. */
import { asksForSecret } from "../../../logs/secretNames.js";
import { labelsOf } from "./accessibleName.js";
import { attribute } from "./dom.js";

/** A field that ever was one for passwords stays one, also while its value is shown. */
const wasPassword = new WeakSet<Element>();

export function isPassword(element: Element): boolean {
  if (element instanceof HTMLInputElement && element.type === "password") wasPassword.add(element);
  return wasPassword.has(element);
}

export function isSecretField(element: Element): boolean {
  if (isPassword(element)) return true;
  const names = ["name", "id", "aria-label", "placeholder", "data-testid"].map((name) => attribute(element, name) ?? "");
  return asksForSecret(attribute(element, "autocomplete") ?? "", [...names, ...labelsOf(element)]);
}
