/** By the browser's own method: an element of the page's may have a field or a form of that name. */
export function queryAll(root: Document | ShadowRoot, selector: string): Iterable<Element> {
  return root instanceof ShadowRoot
    ? ShadowRoot.prototype.querySelectorAll.call(root, selector)
    : Document.prototype.querySelectorAll.call(root, selector);
}
