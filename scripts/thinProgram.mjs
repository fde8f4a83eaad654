// Bundles a program that starts often and must start fast: what one kind of call needs together is one file, what is
// seldom needed stays in files of its own. esbuild splits ES modules alone, and Node loads CommonJS faster (no loader,
// no graph), so these programs are Rolldown's, which splits both.
import { build as buildFile } from "esbuild";
import { createHash } from "node:crypto";
import { chmod, readdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { rolldown, watch as watchBundle } from "rolldown";
import { pageSource } from "./pageScript.mjs";

/** Rolldown's own helpers: a file of their own would cost each call half a millisecond. */
const helpers = /rolldown[\\/]runtime/;

/**
 * @typedef {object} ThinProgram
 * @property {string} name what the program and its files are called
 * @property {string} entryPoint its first source module
 * @property {Record<string, string[]>} files further files: by name, the source modules for which a file is made, with
 *   all that they import and no file before has. The name of the main file lists what goes into it beside the entry point.
 * @property {string[]} [apart] files that no other file may import at its start, since what they hold is heavy
 * @property {string} [start] the source module of a small program that runs the main file from the compile cache
 *   (src/sessions/util/compileCache.ts); it becomes `<name>.js`
 * @property {true} [sourcemap] each file names a map of its own, which lies beside it
 * @property {Record<string, string>} define
 */

/** @param {ThinProgram} program @param {boolean} watch builds again at each change, until the process ends */
export async function buildThinProgram(program, watch) {
  const { name, entryPoint, files, start, sourcemap, define } = program;
  const main = start ? `${name}-main` : name;
  const { [main]: inMain = [], ...others } = files;
  const groups = [{ name: main, modules: [entryPoint, ...inMain] }].concat(
    Object.entries(others).map(([file, modules]) => ({ name: file, modules })),
  );
  const input = {
    input: { [main]: entryPoint },
    platform: "node",
    // The main file may export what its other files ask for, and needs none before it then.
    preserveEntrySignatures: "allow-extension",
    external: ["playwright-core", "vscode", "bufferutil", "utf-8-validate"],
    resolve: {
      extensionAlias: { ".js": [".ts", ".js"] },
      mainFields: ["module", "main"],
      alias: { "@modelcontextprotocol/server/_shims": resolve("src/mcp/sdkShims.ts") },
    },
    transform: { target: "node20", define },
    // How long a busy machine took is nothing to tell who builds.
    checks: { bundlerTimings: false },
    plugins: [pageScripts, written(program)],
  };
  const output = {
    dir: "dist",
    format: "cjs",
    // A real `import()` starts the loader of ES modules, for 3 ms, also where it names a module of Node.
    dynamicImportInCjs: false,
    minify: true,
    sourcemap: sourcemap ?? false,
    comments: false,
    entryFileNames: "[name].js",
    chunkFileNames: ({ name: file }) =>
      groups.some((group) => group.name === file) ? "[name].js" : `${name}-[hash].js`,
    codeSplitting: {
      groups: groups.map(({ name: file, modules }, index) => {
        const paths = new Set(modules.map((module) => resolve(module)));
        return {
          name: file,
          priority: groups.length - index,
          test: (id) => paths.has(id) || (index === 0 && helpers.test(id)),
        };
      }),
    },
  };
  if (watch) {
    watchBundle({ ...input, output });
    return;
  }
  const bundle = await rolldown(input);
  await bundle.write(output);
  await bundle.close();
}

/** What is done when a program's files are written: its small first file, and the files of earlier builds. */
function written({ name, start, apart = [] }) {
  return {
    name: "written",
    async writeBundle(_options, outputs) {
      assertApart(outputs, `${name}-main.js`, new Set(apart));
      const hash = createHash("sha256");
      for (const file of Object.keys(outputs).sort()) if ("code" in outputs[file]) hash.update(outputs[file].code);
      if (start) await writeStart(name, start, hash.digest("hex").slice(0, 12));
      for (const file of await readdir("dist"))
        if (file.startsWith(`${name}-`) && !(file in outputs)) await rm(`dist/${file}`);
    },
  };
}

/** Throws where a file that is reached from the main one not by a heavy file needs one of these at its start. */
function assertApart(outputs, main, heavy) {
  const reached = new Set([main]);
  for (const file of reached) {
    const { imports = [], dynamicImports = [] } = outputs[file] ?? {};
    for (const other of imports)
      if (heavy.has(other))
        throw new Error(`${file} needs ${other}: name what both import with a file before that one, in esbuild.mjs.`);
    for (const other of [...imports, ...dynamicImports]) if (!heavy.has(other)) reached.add(other);
  }
}

const pageScripts = {
  name: "page-script",
  resolveId: (id, importer) => (id.endsWith("?page") ? resolve(importer, "..", id) : undefined),
  async load(id) {
    if (!id.endsWith("?page")) return undefined;
    const { source, files } = await pageSource(id.slice(0, -"?page".length));
    for (const file of files) this.addWatchFile(file);
    return { code: `export const source = ${JSON.stringify(source)};`, moduleType: "js" };
  },
};

async function writeStart(program, start, id) {
  await buildFile({
    entryPoints: [start],
    outfile: `dist/${program}.js`,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    define: { LIBRETTO_BUILD: JSON.stringify(id) },
    logLevel: "warning",
    ...(program === "cli" ? { banner: { js: "#!/usr/bin/env node" } } : {}),
  });
  if (program === "cli") await chmod(`dist/${program}.js`, 0o755);
}
