// The script that Playwright puts into pages, as a module that can be imported in parts. It reads a page as Playwright
// does (roles, names, refs, selectors) without the 7 MB of library around it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** What of it is used: a version of Playwright without one of these does not build. */
const names = [
  "InjectedScript",
  "beginAriaCaches",
  "endAriaCaches",
  "generateAriaTree",
  "renderAriaTreeAsJSON",
  "renderAriaSnapshotAsYaml",
];
/** What it remembers of elements, to be set from outside. */
const caches = ["cachePseudoContentAfter", "cachePseudoContentBefore"];
const setCaches = `function setPseudoContentCaches(cache) { ${caches.map((name) => `${name} = cache;`).join(" ")} }`;
const ownExports = /var injectedScript_exports = \{\};[^]*?module\.exports = __toCommonJS\(injectedScript_exports\);/;

/** @returns {import("esbuild").Plugin} */
export function playwrightScript() {
  return {
    name: "playwright-script",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^playwright-injected$/ }, ({ path }) => ({ path, namespace: "playwright-script" }));
      onLoad({ filter: /.*/, namespace: "playwright-script" }, () => ({ contents: injectedModule(), loader: "js" }));
    },
  };
}

/** @type {string | undefined} */
let injected;

function injectedModule() {
  return (injected ??= readInjected());
}

function readInjected() {
  const require = createRequire(import.meta.url);
  const bundle = readFileSync(require.resolve("playwright-core/lib/coreBundle"), "utf8");
  // Each such script is a line of the bundle, as a literal.
  const literal = bundle
    .split("\n")
    .filter((line) => line.includes("injectedScript_exports = {}"))
    .map((line) => /^\s*\w+ = ('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*");$/.exec(line)?.[1])
    .find((text) => text !== undefined);
  const source = literal === undefined ? "" : Function(`return ${literal}`)();
  const missing = [...names, ...caches].filter((name) => !new RegExp(`^(?:function|var) ${name}\\b`, "m").test(source));
  if (missing.length > 0 || !ownExports.test(source))
    throw new Error(`Playwright's script for pages was not found in its bundle, or has no ${missing.join(", ")}.`);
  return `${source.replace(ownExports, "")}\n${setCaches}\nexport { ${names.join(", ")}, setPseudoContentCaches };`;
}
