/** What is used of the script that Playwright puts into pages (scripts/playwrightScript.mjs). */
declare module "playwright-injected" {
  export interface AriaTree {
    /** Each element that has a ref, by it. */
    info: Map<string, { element: Element }>;
    /** Refs of frames. */
    iframeRefs: string[];
  }
  export interface AriaNode {
    role: string;
    ref?: string;
    text?: string;
    children?: (AriaNode | string)[];
  }
  export interface AriaOptions {
    mode: "ai";
    /** What the refs of the document begin with. */
    refPrefix: string;
  }
  /** While caches are open, each element is asked once, and not what is in a cache. Calls nest. */
  export function beginAriaCaches(): void;
  export function endAriaCaches(): void;
  /** For text from style sheets before and after elements; undefined for none. Until the caches are closed. */
  export function setPseudoContentCaches(
    cache: Pick<Map<Element, string | undefined>, "has" | "get"> & { set(): void },
  ): void;
  export function generateAriaTree(root: Element, options: AriaOptions): AriaTree;
  export function renderAriaTreeAsJSON(tree: AriaTree, options: AriaOptions): { json: (AriaNode | string)[] };
  export function renderAriaSnapshotAsYaml(json: (AriaNode | string)[]): string;

  /** The whole of it, with what finds elements by selectors and selectors for elements. */
  export class InjectedScript {
    constructor(
      scope: typeof globalThis,
      options: {
        isUnderTest: boolean;
        sdkLanguage: "javascript";
        frameSeq: number;
        testIdAttributeName: string;
        stableRafCount: number;
        browserName: "chromium";
        shouldPrependErrorPrefix: boolean;
        isUtilityWorld: boolean;
        customEngines: never[];
      },
    );
    generateSelectorSimple(element: Element): string;
  }
}
