/** Which fields hold secrets: what is typed there is masked before it leaves the page. */
import { isSecretName } from "../../../logs/secretNames.js";
import { labelsOf } from "./accessibleName.js";
import { attribute } from "./dom.js";

/** Values of `autocomplete` that ask for a secret (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill). */
const secretAutofill = /\b(?:current-password|new-password|one-time-code|cc-number|cc-csc|cc-exp(?:-month|-year)?)\b/;

/** A field that ever was one for passwords stays one, also while its value is shown. */
const wasPassword = new WeakSet<Element>();

export function isPassword(element: Element): boolean {
  if (element instanceof HTMLInputElement && element.type === "password") wasPassword.add(element);
  return wasPassword.has(element);
}

export function isSecretField(element: Element): boolean {
  if (isPassword(element)) return true;
  if (secretAutofill.test(attribute(element, "autocomplete")?.toLowerCase() ?? "")) return true;
  const names = ["name", "id", "aria-label", "placeholder", "data-testid"].map((name) => attribute(element, name) ?? "");
  return [...names, ...labelsOf(element)].some((name) => name !== "" && name.length <= 60 && isSecretName(name));
}
