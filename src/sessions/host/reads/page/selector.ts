/** The selector by which every Playwright finds an element of the tree. It runs in the world of `tree.ts`. */
import { InjectedScript } from "playwright-injected";
import type { TreeScript } from "./treeScript.js";

const playwright = new InjectedScript(globalThis, {
  isUnderTest: false,
  sdkLanguage: "javascript",
  frameSeq: 0,
  testIdAttributeName: "data-testid",
  stableRafCount: 1,
  browserName: "chromium",
  shouldPrependErrorPrefix: false,
  isUtilityWorld: true,
  customEngines: [],
});

const scope = globalThis as { librettoTree?: TreeScript; librettoSelector?: (ref: string) => string | null };

scope.librettoSelector = (ref) => {
  const element = scope.librettoTree?.element(ref);
  return element instanceof Element ? playwright.generateSelectorSimple(element) : null;
};
