// The modules of the interpreter's realm (src/sessions/host/sandbox/guest) run in QuickJS, which is handed
// text. `import { source } from "./guest/main.js?script"` gives that text: one script, whose value is the
// module's exports; `digest` differs where the text does.
import { createHash } from "node:crypto";
import { build } from "esbuild";
import { dirname, resolve } from "node:path";

/** @type {import("esbuild").Plugin} */
export const interpreterScripts = {
  name: "interpreter-scripts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?script$/ }, ({ path, importer }) => ({
      path: resolve(dirname(importer), path.replace(/\.js\?script$/, ".ts")),
      namespace: "script",
    }));
    onLoad({ filter: /.*/, namespace: "script" }, async ({ path }) => {
      const { outputFiles, metafile } = await build({
        entryPoints: [path],
        bundle: true,
        write: false,
        metafile: true,
        format: "iife",
        globalName: "realm",
        platform: "neutral",
        mainFields: ["module", "main"],
        target: "es2022",
        // Names are kept: the code sees those of classes.
        minifySyntax: true,
        minifyWhitespace: true,
        legalComments: "none",
        logLevel: "warning",
      });
      const source = `(()=>{${outputFiles[0].text}return realm})()`;
      const digest = createHash("sha256").update(source).digest("hex");
      return {
        contents: `export const source = ${JSON.stringify(source)};export const digest = "${digest}";`,
        watchFiles: Object.keys(metafile.inputs).map((input) => resolve(input)),
      };
    });
  },
};
