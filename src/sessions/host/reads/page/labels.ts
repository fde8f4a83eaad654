/**
 * The labels of form fields, found once for a whole tree. Asked for those of one field, the browser looks through its
 * whole document, which takes minutes where there are tens of thousands of fields. Only this world sees the difference.
 */
import { queryAll } from "./queryAll.js";

/** All that have `labels`; a component's own element tells them by other means. */
const labelled = [
  HTMLButtonElement,
  HTMLInputElement,
  HTMLMeterElement,
  HTMLOutputElement,
  HTMLProgressElement,
  HTMLSelectElement,
  HTMLTextAreaElement,
];

type Labels = Map<Element, HTMLLabelElement[]>;

/** Runs what asks for the labels of many fields. The document must not change meanwhile. */
export function withLabelsOnce<T>(run: () => T): T {
  const found = new Map<Node, Labels>();
  const own = labelled.map(({ prototype }) => Object.getOwnPropertyDescriptor(prototype, "labels"));
  const get = function (this: Element): HTMLLabelElement[] {
    const root = Node.prototype.getRootNode.call(this);
    let labels = found.get(root);
    if (!labels) found.set(root, (labels = labelsIn(root)));
    return labels.get(this) ?? [];
  };
  for (const { prototype } of labelled) Object.defineProperty(prototype, "labels", { get, configurable: true });
  try {
    return run();
  } finally {
    for (const [index, { prototype }] of labelled.entries())
      Object.defineProperty(prototype, "labels", own[index] ?? { configurable: true });
  }
}

/** In the order of the document, as the browser gives them. */
function labelsIn(root: Node): Labels {
  const labels: Labels = new Map();
  // A part of a document that is not in it has no labels that a tree shows.
  if (!(root instanceof Document || root instanceof ShadowRoot)) return labels;
  for (const label of queryAll(root, "label")) {
    if (!(label instanceof HTMLLabelElement) || !label.control) continue;
    labels.set(label.control, [...(labels.get(label.control) ?? []), label]);
  }
  return labels;
}
