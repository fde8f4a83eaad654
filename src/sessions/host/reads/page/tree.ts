/** The accessibility tree of a document, as Playwright makes it for machine readers. It runs in the host's own world. */
import {
  beginAriaCaches,
  endAriaCaches,
  generateAriaTree,
  renderAriaSnapshotAsYaml,
  renderAriaTreeAsJSON,
  setPseudoContentCaches,
  type AriaNode,
  type AriaTree,
} from "playwright-injected";
import { elementsWithGeneratedText } from "./generatedText.js";
import { withLabelsOnce } from "./labels.js";
import { queryAll } from "./queryAll.js";
import type { DocumentTree, TreeScript } from "./treeScript.js";

let latest: AriaTree | undefined;

/** What stands in fields of secrets, also in those of components; and whether there are components. */
function secretsIn(
  root: Document | ShadowRoot,
  selector: string,
  max: number,
): { secrets: string[]; hasShadows: boolean } {
  const secrets: string[] = [];
  let hasShadows = false;
  for (const element of queryAll(root, "*")) {
    const shadow = element.shadowRoot;
    if (shadow) {
      hasShadows = true;
      secrets.push(...secretsIn(shadow, selector, max).secrets);
    }
    if (
      secrets.length < max &&
      element instanceof HTMLInputElement &&
      element.value !== "" &&
      element.matches(selector)
    )
      secrets.push(element.value);
  }
  return { secrets, hasShadows };
}

/** As Playwright does, which is told of most elements what it would ask the browser for. */
function makeTree(root: Element, options: { mode: "ai"; refPrefix: string }, hasShadows: boolean): AriaTree {
  const generated = hasShadows ? undefined : elementsWithGeneratedText(document);
  beginAriaCaches();
  try {
    if (generated)
      setPseudoContentCaches({ has: (element) => !generated.has(element), get: () => undefined, set: () => undefined });
    return withLabelsOnce(() => generateAriaTree(root, options));
  } finally {
    endAriaCaches();
  }
}

/** Puts marks in the place of what frames hold. */
function markFrames(nodes: (AriaNode | string)[], mark: string, frames: DocumentTree["frames"]): void {
  for (const node of nodes) {
    if (typeof node === "string") continue;
    if (node.role === "iframe" && node.ref !== undefined) {
      frames.push(node.ref);
      delete node.text;
      node.children = [{ role: "text", text: `${mark}${node.ref}` }];
    } else if (node.children) markFrames(node.children, mark, frames);
  }
}

const script: TreeScript = {
  take({ refPrefix, mark, secretFields, maxSecrets }) {
    const [body] = queryAll(document, "body, frameset");
    // Documents that are no HTML have none, and one that is being loaded has none yet.
    const root = body ?? (document.readyState === "complete" ? document.documentElement : null);
    if (!root) return null;
    const options = { mode: "ai", refPrefix } as const;
    const { secrets, hasShadows } = secretsIn(document, secretFields, maxSecrets);
    const tree = makeTree(root, options, hasShadows);
    const { json } = renderAriaTreeAsJSON(tree, options);
    latest = tree;
    const frames: string[] = [];
    if (tree.iframeRefs.length > 0) markFrames(json, mark, frames);
    return {
      text: renderAriaSnapshotAsYaml(json),
      frames,
      secrets,
    };
  },
  element(ref) {
    const element = latest?.info.get(ref)?.element;
    return element?.isConnected ? element : null;
  },
};

// Two who come at once share one, which counts the refs.
(globalThis as { librettoTree?: TreeScript }).librettoTree ??= script;
