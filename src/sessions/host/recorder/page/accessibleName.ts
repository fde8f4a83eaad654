/**
 * Role and accessible name of an element, as far as selectors need them. It follows WAI-ARIA 1.2, HTML-AAM and
 * the accessible name computation (https://w3c.github.io/accname/), for the roles that people act on.
 */
import {
  ancestors,
  attribute,
  childNodes,
  hasAttribute,
  isExposed,
  localName,
  normalize,
  queryAll,
  rootOf,
  shadowRoot,
  textContent,
} from "./dom.js";

const roleOfInput: Record<string, string> = {
  button: "button",
  submit: "button",
  reset: "button",
  image: "button",
  file: "button",
  checkbox: "checkbox",
  radio: "radio",
  range: "slider",
  number: "spinbutton",
  search: "searchbox",
};
const withList = new Set(["text", "search", "email", "tel", "url"]);

/** Roles that selectors are made of: those of things that people act on, and of headings. */
export const namedRoles = [
  "button",
  "link",
  "textbox",
  "searchbox",
  "checkbox",
  "radio",
  "switch",
  "combobox",
  "listbox",
  "option",
  "slider",
  "spinbutton",
  "tab",
  "menuitem",
  "menuitemcheckbox",
  "menuitemradio",
  "treeitem",
  "heading",
  "img",
  "dialog",
  "gridcell",
  "cell",
  "columnheader",
  "rowheader",
] as const;
const known = new Set<string>(namedRoles);
/** Roles whose name is what stands in them. */
const namedByContent = new Set([
  "button",
  "link",
  "checkbox",
  "radio",
  "switch",
  "option",
  "tab",
  "menuitem",
  "menuitemcheckbox",
  "menuitemradio",
  "treeitem",
  "heading",
  "gridcell",
  "cell",
  "columnheader",
  "rowheader",
]);

/** CSS that finds every element that may have one of `namedRoles`. */
export const mayHaveRole =
  "a[href],area[href],button,input,select,textarea,option,summary,h1,h2,h3,h4,h5,h6,img,svg,dialog,td,th,[role]";

export function roleOf(element: Element): string | undefined {
  const explicit = attribute(element, "role")
    ?.toLowerCase()
    .split(/\s+/)
    .find((role) => role !== "");
  if (explicit !== undefined) return known.has(explicit) ? explicit : undefined;
  switch (localName(element)) {
    case "a":
    case "area":
      return hasAttribute(element, "href") ? "link" : undefined;
    case "button":
      return "button";
    case "input": {
      const type = (element as HTMLInputElement).type;
      if (type === "hidden") return undefined;
      if (withList.has(type) && hasAttribute(element, "list")) return "combobox";
      return roleOfInput[type] ?? "textbox";
    }
    case "textarea":
      return "textbox";
    case "select":
      return (element as HTMLSelectElement).multiple || (element as HTMLSelectElement).size > 1
        ? "listbox"
        : "combobox";
    case "option":
      return "option";
    case "h1":
    case "h2":
    case "h3":
    case "h4":
    case "h5":
    case "h6":
      return "heading";
    case "img":
      return attribute(element, "alt") === "" ? undefined : "img";
    case "dialog":
      return "dialog";
    default:
      // Cells and the like get their role from what is around them; they are found by their text.
      return undefined;
  }
}

/** The name that assistive technology reads out; empty where there is none. */
export function nameOf(element: Element): string {
  return normalize(compute(element, new Set(), "top"));
}

/** Whether the element can have that name; says no only where that is seen at once, and costs next to nothing. */
export function mayBeNamed(element: Element, name: string): boolean {
  if (
    hasAttribute(element, "aria-label") ||
    hasAttribute(element, "aria-labelledby") ||
    hasAttribute(element, "title") ||
    shadowRoot(element)
  )
    return true;
  const nodes = childNodes(element);
  // A style sheet may put more before and after the text.
  return (
    nodes.length === 0 || !nodes.every((node) => node instanceof Text) || name.includes(normalize(textContent(element)))
  );
}

/** What labels say of an element: `aria-labelledby`, else `aria-label`, else its `<label>`s. */
export function labelsOf(element: Element): string[] {
  const referenced = labelledBy(element);
  if (referenced.length > 0) return referenced.map((label) => normalize(plainText(label)));
  const own = attribute(element, "aria-label");
  if (own !== null && own.trim() !== "") return [normalize(own)];
  return nativeLabels(element).map((label) => normalize(plainText(label)));
}

/** Every text in the element, shown or not, as Playwright's text selectors read it. */
export function plainText(node: Node): string {
  if (node instanceof Text) return node.data;
  if (node instanceof Element) {
    if (/^(?:script|style|noscript|head)$/.test(localName(node))) return "";
    if (localName(node) === "input")
      return /^(?:submit|button)$/.test((node as HTMLInputElement).type) ? (node as HTMLInputElement).value : "";
  }
  const inner = node instanceof Element ? shadowRoot(node) : null;
  return [...childNodes(node), ...(inner ? childNodes(inner) : [])].map(plainText).join("");
}

function labelledBy(element: Element): Element[] {
  const ids =
    attribute(element, "aria-labelledby")
      ?.split(/\s+/)
      .filter((id) => id !== "") ?? [];
  const root = rootOf(element);
  return ids.map((id) => queryAll(root, `#${CSS.escape(id)}`)[0]).filter((found) => found !== undefined);
}

function nativeLabels(element: Element): Element[] {
  return "labels" in element && element.labels instanceof NodeList
    ? [...(element.labels as NodeListOf<HTMLLabelElement>)]
    : [];
}

/** @param reason `top`: the element itself; `reference`: something else is named by it; `content`: it stands in what is named */
function compute(element: Element, seen: Set<Element>, reason: "top" | "reference" | "content"): string {
  if (seen.has(element)) return "";
  seen.add(element);
  if (reason !== "reference") {
    if (reason === "content" && !isExposed(element)) return "";
    const referenced = labelledBy(element).map((other) => compute(other, new Set(seen), "reference"));
    if (referenced.some((text) => text !== "")) return referenced.join(" ");
  }
  const embedded = reason === "top" ? undefined : valueOfEmbedded(element, seen);
  if (embedded !== undefined) return embedded;
  const label = attribute(element, "aria-label")?.trim() ?? "";
  if (label !== "") return label;
  const native = nativeName(element, seen, reason);
  if (native !== undefined && native.trim() !== "") return native;
  const role =
    attribute(element, "role")
      ?.toLowerCase()
      .split(/\s+/)
      .find((one) => one !== "") ?? roleOf(element);
  if (reason !== "top" || (role !== undefined && namedByContent.has(role))) {
    const content = contentOf(element, seen);
    if (content.trim() !== "") return content;
  }
  return attribute(element, "title") ?? "";
}

/** A field inside of a label is read as its value. */
function valueOfEmbedded(element: Element, seen: Set<Element>): string | undefined {
  if (element instanceof HTMLInputElement && /^(?:text|search|email|tel|url|number)$/.test(element.type))
    return element.value;
  if (element instanceof HTMLTextAreaElement) return element.value;
  if (element instanceof HTMLSelectElement)
    return [...element.selectedOptions].map((option) => contentOf(option, seen)).join(" ");
  if (element instanceof HTMLInputElement && element.type === "range") return element.value;
  return undefined;
}

function nativeName(element: Element, seen: Set<Element>, reason: "top" | "reference" | "content"): string | undefined {
  const labels = (): string | undefined => {
    const found = reason === "top" ? nativeLabels(element) : [];
    return found.length === 0 ? undefined : found.map((one) => compute(one, new Set(seen), "reference")).join(" ");
  };
  if (element instanceof HTMLInputElement) {
    switch (element.type) {
      case "button":
      case "submit":
      case "reset":
        if (element.value.trim() !== "") return element.value;
        return element.type === "submit"
          ? "Submit"
          : element.type === "reset"
            ? "Reset"
            : (attribute(element, "title") ?? "");
      case "image":
        return labels() ?? attribute(element, "alt") ?? attribute(element, "title") ?? "Submit";
      case "file":
        return labels() ?? "Choose File";
      default: {
        const found = labels();
        if (found !== undefined) return found;
        const title = attribute(element, "title") ?? "";
        return /^(?:text|password|search|tel|email|url)$/.test(element.type) && title === ""
          ? (attribute(element, "placeholder") ?? "")
          : title;
      }
    }
  }
  if (element instanceof HTMLTextAreaElement)
    return labels() ?? ((attribute(element, "title") ?? "") || (attribute(element, "placeholder") ?? ""));
  if (element instanceof HTMLSelectElement) return labels() ?? attribute(element, "title") ?? "";
  if (element instanceof HTMLButtonElement) return labels();
  if (element instanceof HTMLImageElement || localName(element) === "area")
    return (attribute(element, "alt") ?? "") || (attribute(element, "title") ?? "");
  if (element instanceof SVGElement && localName(element) === "svg")
    return childNodes(element)
      .filter((child) => child instanceof Element && localName(child) === "title")
      .map(plainText)
      .join(" ");
  return undefined;
}

function contentOf(element: Element, seen: Set<Element>): string {
  const parts = [pseudo(element, "::before")];
  const inner = shadowRoot(element);
  const children =
    element instanceof HTMLSlotElement && element.assignedNodes().length > 0
      ? element.assignedNodes()
      : childNodes(inner ?? element);
  for (const child of children) {
    if (child instanceof Text) parts.push(child.data);
    else if (child instanceof Element) {
      const text = compute(child, seen, "content");
      // What is not in line stands apart from its neighbours.
      parts.push(getComputedStyle(child).display === "inline" && localName(child) !== "br" ? text : ` ${text} `);
    }
  }
  parts.push(pseudo(element, "::after"));
  return parts.join("");
}

/** Text that a style sheet puts before or after. */
function pseudo(element: Element, which: "::before" | "::after"): string {
  const { content, display } = getComputedStyle(element, which);
  const text = /^"((?:[^"\\]|\\.)*)"/.exec(content)?.[1]?.replace(/\\(.)/g, "$1") ?? "";
  return text === "" || display === "inline" ? text : ` ${text} `;
}

/** The element that a person meant: the button and not the picture in it. */
export function actedOn(element: Element): Element {
  for (const above of ancestors(element)) {
    const role = roleOf(above);
    if (
      role !== undefined &&
      /^(?:button|link|checkbox|radio|switch|option|tab|menuitem|menuitemcheckbox|menuitemradio|treeitem|combobox|textbox|searchbox|slider|spinbutton|listbox)$/.test(
        role,
      )
    )
      return above;
  }
  // Nobody means a stroke of a drawing.
  return element instanceof SVGElement
    ? ([...ancestors(element)].find((above) => localName(above) === "svg") ?? element)
    : element;
}
