// Links the pieces into which esbuild splits a program to few files. esbuild makes a piece of every set of
// modules that the same dynamic imports reach, dozens of them, and each file that Node loads costs half a
// millisecond. Here the pieces that one kind of call needs together become one file; what is seldom needed
// stays in files of its own. esbuild splits ES modules alone, and Node loads CommonJS faster (no loader, no
// graph), so the files are CommonJS, and an `import()` of another file becomes a late `require`.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { chmod, readdir, readFile, rm } from "node:fs/promises";
import { basename } from "node:path";

/**
 * An esbuild plugin; the build must have one entry point, `format: "esm"`, `splitting`, and
 * `chunkNames: "<program>-[hash]"`.
 * The main file is called as the entry point is. With `sourcemap: "inline"` each file names a map of its own.
 * @param {string} program the program's name, with which the names of all its files begin
 * @param {Record<string, string[]>} files further files: by name, the source modules for which a file is
 *   made, with all that they need and no file before has. The name of the main file lists what goes into it
 *   beside the entry point.
 * @param {string} [start] the source module of a small program that runs the main file from the compile
 *   cache (src/sessions/util/compileCache.ts); it becomes `<program>.js`
 */
export function linkParts(program, files, start) {
  return {
    name: "link-parts",
    setup({ initialOptions, onEnd }) {
      Object.assign(initialOptions, { metafile: true, write: false });
      onEnd(async ({ outputFiles = [], metafile, errors }) => {
        if (errors.length > 0) return;
        const pieces = new Map(
          Object.entries(metafile.outputs).map(([path, { entryPoint, imports, exports }]) => [
            basename(path),
            { entryPoint, exports, imports: imports.filter(({ external }) => !external) },
          ]),
        );
        for (const { path, text } of outputFiles) pieces.get(basename(path)).text = text;
        const main = `${Object.keys(initialOptions.entryPoints)[0]}.js`;
        const homes = place(main, files, pieces);
        const wanted = wantedElsewhere(pieces, homes);
        const names = new Set(homes.values());
        await Promise.all([...names].map((file) => writeLinked(file, main, pieces, homes, wanted, initialOptions)));
        if (start) await writeStart(program, start, await buildOf(names));
        // Files of earlier builds.
        for (const name of await readdir("dist"))
          if (name.startsWith(`${program}-`) && !names.has(name.replace(/\.map$/, ""))) await rm(`dist/${name}`);
      });
    },
  };
}

/** In which file each piece goes: one that is named, or one of its own. */
function place(main, files, pieces) {
  const homes = new Map();
  const byModule = new Map(
    [...pieces].filter(([, { entryPoint }]) => entryPoint).map(([piece, { entryPoint }]) => [entryPoint, piece]),
  );
  const visit = (piece, file) => {
    if (homes.has(piece)) return;
    homes.set(piece, file);
    for (const { path, kind } of pieces.get(piece).imports)
      if (kind === "import-statement") visit(basename(path), file);
  };
  visit(main, main);
  for (const [name, modules] of Object.entries(files)) {
    for (const module of modules) {
      const piece = byModule.get(module);
      if (piece === undefined)
        throw new Error(`${module} is no module that ${main} imports dynamically; correct its list of files.`);
      visit(piece, `${name}.js`);
    }
  }
  for (const piece of pieces.keys()) if (!homes.has(piece)) homes.set(piece, piece);
  return homes;
}

/** The pieces that some other file than their own asks for. */
function wantedElsewhere(pieces, homes) {
  const wanted = new Set();
  for (const [piece, { imports }] of pieces) {
    for (const { path } of imports) if (homes.get(basename(path)) !== homes.get(piece)) wanted.add(basename(path));
  }
  return wanted;
}

/**
 * For `import * as vscode`, esbuild copies every name of that module for every module that imports it, 10,000 of
 * them: most of the time that the extension took to load. It is no ES module, which may change under its importers,
 * and is used as it is. What takes a statement's place is as long as that, or the source maps would be wrong.
 */
function withoutCopies(text) {
  return text.replaceAll(/import ?\* ?as (\w+) from ?"vscode";/g, (statement, name) =>
    `var ${name}=require("vscode");`.padEnd(statement.length),
  );
}

/** Name under which a file exports one of its pieces. */
const exported = (piece) => `piece_${piece.replaceAll(/\W/g, "_")}`;

async function writeLinked(file, main, pieces, homes, wanted, { external, sourcemap }) {
  const own = [...pieces.keys()].filter((piece) => homes.get(piece) === file);
  const given = own
    .filter((piece) => piece === main || wanted.has(piece))
    .map((piece) => ({ piece, names: pieces.get(piece).exports }));
  const exports = given.flatMap(({ piece, names }) => [
    ...(wanted.has(piece) ? [asFunction(piece, names)] : []),
    ...(piece === main ? getters(piece, names) : []),
  ]);
  const contents = [
    ...given.map(({ piece, names }) => importStatement(piece, names)),
    `module.exports = { ${exports.join(", ")} };`,
  ].join("\n");
  const linker = {
    name: "link",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/[\w-]+\.js$/ }, ({ path, kind }) => {
        const piece = basename(path);
        if (kind === "require-call") return { path, external: true };
        return { path: piece, namespace: homes.get(piece) === file ? "own" : "other" };
      });
      onLoad({ filter: /.*/, namespace: "own" }, ({ path }) => ({
        contents: withoutCopies(withoutLateImports(pieces.get(path).text, file, homes)),
        loader: "js",
        resolveDir: process.cwd(),
      }));
      onLoad({ filter: /.*/, namespace: "other" }, ({ path }) => ({
        contents: `module.exports = require("./${homes.get(path)}").${exported(path)}();`,
        loader: "js",
        resolveDir: process.cwd(),
      }));
    },
  };
  await build({
    stdin: { contents, resolveDir: process.cwd() },
    outfile: `dist/${file}`,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    legalComments: "none",
    sourcemap: sourcemap && "linked",
    external,
    // `module` is meant: what esbuild makes of ES exports takes a command 0.1 ms.
    logOverride: { "commonjs-variable-in-esm": "silent" },
    // A real `import()` starts the loader of ES modules, for 3 ms, also where it names a module of Node.
    supported: { "dynamic-import": false },
    logLevel: "warning",
    plugins: [linker],
  });
}

/** What a file calls a name of one of its pieces. */
const local = (piece, index) => `${exported(piece)}_${index}`;

const importStatement = (piece, names) =>
  `import { ${names.map((name, index) => `${name} as ${local(piece, index)}`).join(", ")} } from "./${piece}";`;

const getters = (piece, names) => names.map((name, index) => `get ${name}() { return ${local(piece, index)}; }`);

/**
 * A piece as its file exports it to others: a function. The object with a getter for each name, made whenever the file
 * is loaded, would cost as much as all else that the file does then.
 */
const asFunction = (piece, names) =>
  `${exported(piece)}: () => ({ __esModule: true, ${getters(piece, names).join(", ")} })`;

/**
 * Puts calls in the place of each `import()` of a piece. What lies in the same file is imported like any other: esbuild
 * wraps what is loaded late, and all that it needs, in functions, and they were a third of such a file. What takes a
 * call's place is as long, and what is added stands at the end, or the source maps would be wrong.
 */
function withoutLateImports(text, file, homes) {
  const late = [];
  const linked = text.replaceAll(/\bimport\("\.\/([\w-]+\.js)"\)/g, (call, piece) => {
    if (!late.includes(piece)) late.push(piece);
    return `late$${late.indexOf(piece)}()`.padEnd(call.length);
  });
  const added = late.map((piece, index) => {
    if (homes.get(piece) === file)
      return `import * as own$${index} from "./${piece}"; function late$${index}() { return Promise.resolve(own$${index}); }`;
    return `function late$${index}() { return Promise.resolve().then(() => require("./${homes.get(piece)}").${exported(piece)}()); }`;
  });
  return [linked, ...added].join("\n");
}

/** A name for what the files hold. */
async function buildOf(names) {
  const hash = createHash("sha256");
  for (const name of [...names].sort()) hash.update(await readFile(`dist/${name}`));
  return hash.digest("hex").slice(0, 12);
}

async function writeStart(program, start, id) {
  await build({
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
