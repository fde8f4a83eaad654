// Bundles test files, one CommonJS file each, into out/<pid>/. Packages stay outside the bundles, so that a test
// loads the very files that users get.
import { build } from "esbuild";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./ensure.mjs";
import { pageScript } from "./pageScript.mjs";

/** Paths of the test files of a suite, relative to the root, in the order of their names. */
export function testFiles(suite) {
  const folder = join(root, "test", suite);
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => relative(root, join(folder, name)).replaceAll("\\", "/"))
    .sort();
}

/** A folder for each process that bundles: suites that run side by side share files. */
const folder = `out/${process.pid}`;
let isRemoved = false;

/**
 * Bundles the files, each `test/a/b.ts` into `out/<pid>/test/a/b.cjs`.
 * @param {string[]} files paths relative to the root
 * @param {import("esbuild").BuildOptions} [options] added to ours
 * @returns {Promise<string[]>} absolute paths of the bundles, in the same order
 */
export async function bundleTests(files, options = {}) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const outputs = files.map((file) => join(root, folder, file.replace(/\.ts$/, ".cjs")));
  if (!isRemoved) process.once("exit", () => rmSync(join(root, folder), { recursive: true, force: true }));
  isRemoved = true;
  await build({
    absWorkingDir: root,
    entryPoints: files,
    outbase: ".",
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    packages: "external",
    external: ["vscode"],
    sourcemap: "inline",
    sourcesContent: false,
    define: { LIBRETTO_VERSION: JSON.stringify(version) },
    logLevel: "warning",
    plugins: [pageScript()],
    ...options,
  });
  return outputs;
}
