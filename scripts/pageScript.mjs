// Code that runs in web pages, as text inside of a program: `import { source } from "./page/observe.ts?page"`
// bundles that file, with what it imports, into one script for the browser, and gives its text.
import { build } from "esbuild";
import { dirname, resolve } from "node:path";
import { playwrightScript } from "./playwrightScript.mjs";

/** @param {string} path absolute @returns {Promise<{ source: string, files: string[] }>} the script, and what it was made of */
export async function pageSource(path) {
  const { outputFiles, metafile } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    metafile: true,
    format: "iife",
    platform: "browser",
    target: "chrome110",
    minify: true,
    legalComments: "none",
    logLevel: "silent",
    plugins: [playwrightScript()],
  });
  const files = Object.keys(metafile.inputs).filter((file) => !file.startsWith("playwright-script:"));
  return { source: outputFiles[0].text, files: files.map((file) => resolve(file)) };
}

/** @returns {import("esbuild").Plugin} */
export function pageScript() {
  return {
    name: "page-script",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\?page$/ }, ({ path, importer }) => ({
        path: resolve(dirname(importer), path.slice(0, -"?page".length)),
        namespace: "page-script",
      }));
      onLoad({ filter: /.*/, namespace: "page-script" }, async ({ path }) => {
        const { source, files } = await pageSource(path);
        return { contents: `export const source = ${JSON.stringify(source)};`, loader: "js", watchFiles: files };
      });
    },
  };
}
