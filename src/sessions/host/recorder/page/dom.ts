/**
 * Reads the DOM where a page may have set traps: a form whose field is called `id` or `parentElement` hides the
 * property of that name, also from us. Properties are read through the prototypes of our own world, which the
 * page cannot reach.
 */

function getter<Type extends object, Value>(prototype: Type, name: keyof Type & string): (object: Type) => Value {
  const property = Object.getOwnPropertyDescriptor(prototype, name);
  return (object) => property?.get?.call(object) as Value;
}

const parentOf = getter<Node, Node | null>(Node.prototype, "parentNode");
const childrenList = getter<Node, NodeListOf<ChildNode>>(Node.prototype, "childNodes");
const tag = getter<Element, string>(Element.prototype, "localName");
const shadow = getter<Element, ShadowRoot | null>(Element.prototype, "shadowRoot");
const textOf = getter<Node, string | null>(Node.prototype, "textContent");

export const localName = (element: Element): string => tag(element);
export const shadowRoot = (element: Element): ShadowRoot | null => shadow(element);
export const parentNode = (node: Node): Node | null => parentOf(node);
export const childNodes = (node: Node): ChildNode[] => [...childrenList(node)];
export const textContent = (node: Node): string => textOf(node) ?? "";

export function attribute(element: Element, name: string): string | null {
  return Element.prototype.getAttribute.call(element, name);
}

export function hasAttribute(element: Element, name: string): boolean {
  return Element.prototype.hasAttribute.call(element, name);
}

/** The element above; for the top of a shadow root, its host. */
function parentElement(node: Node): Element | undefined {
  const parent = parentNode(node);
  if (parent instanceof ShadowRoot) return parent.host;
  return parent instanceof Element ? parent : undefined;
}

/** The element and those above it, through shadow roots. */
export function* ancestors(element: Element): Generator<Element> {
  for (let current: Element | undefined = element; current; current = parentElement(current)) yield current;
}

export function rootOf(node: Node): Document | ShadowRoot {
  const root = Node.prototype.getRootNode.call(node);
  return root instanceof ShadowRoot || root instanceof Document ? root : document;
}

export function queryAll(root: Document | ShadowRoot | Element, selector: string): Element[] {
  const prototype =
    root instanceof Document
      ? Document.prototype
      : root instanceof ShadowRoot
        ? DocumentFragment.prototype
        : Element.prototype;
  return [...prototype.querySelectorAll.call(root, selector)];
}

/** The document and its open shadow roots, as long as one search lasts. */
let roots: (Document | ShadowRoot)[] | undefined;

/** Forgets what the search before has found: the document may have changed. */
export function beginSearch(): void {
  roots = undefined;
}

function openRoots(root: Document | ShadowRoot): (Document | ShadowRoot)[] {
  const inner = queryAll(root, "*")
    .map(shadowRoot)
    .filter((found) => found !== null);
  return [root, ...inner.flatMap(openRoots)];
}

/** Every element of the document that matches, in the order of the document, through open shadow roots. */
export function queryDeep(selector: string): Element[] {
  roots ??= openRoots(document);
  const [light = [], ...shadows] = roots.map((root) => queryAll(root, selector));
  if (shadows.every((found) => found.length === 0)) return light;
  const wanted = new Set([light, ...shadows].flat());
  const inOrder = (root: Document | ShadowRoot): Element[] =>
    queryAll(root, "*").flatMap((element) => {
      const inner = shadowRoot(element);
      return [...(wanted.has(element) ? [element] : []), ...(inner ? inOrder(inner) : [])];
    });
  return inOrder(document);
}

export function normalize(text: string): string {
  return text
    .replace(/[\u200b\u00ad]/g, "")
    .trim()
    .replace(/\s+/g, " ");
}

/** Whether Playwright's role selectors would see it: it is displayed, visible, and not hidden from assistive technology. */
export function isExposed(element: Element): boolean {
  for (const above of ancestors(element)) if (attribute(above, "aria-hidden")?.toLowerCase() === "true") return false;
  const seen = Element.prototype.checkVisibility.call(element, { visibilityProperty: true });
  // `display: contents` has no box of its own.
  return seen || getComputedStyle(element).display === "contents";
}
