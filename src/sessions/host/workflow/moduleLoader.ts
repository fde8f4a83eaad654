/**
 * Loads a workflow's files: TypeScript with imports, as they stand, without a build.
 *
 * The user's own files are made CommonJS one by one and run here, each inside an async function so that
 * top-level await works; packages are left to Node, resolved from the file that imports them. Node's hooks for
 * its own loader are not used: they need a thread, and do not exist in every runtime that VS Code brings.
 */
import { createRequire, isBuiltin } from "node:module";
import { dirname, extname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import { parse, type AnyNode } from "acorn";
import { transform, type Transform } from "sucrase";
import { readTextFile } from "../../util/text.js";
import { LibrettoError } from "../../util/errors.js";
import type { CodePosition } from "../code/codePosition.js";
import { excerptOf } from "../code/prepare.js";
import { shortPathFrom } from "./shortPath.js";
import { splitExportedVariables } from "./exportedVariables.js";
import { stopsAtName, withDebuggerStops } from "./debuggerStops.js";
import { inlineSourceMap } from "../code/sourceMap.js";
import { originsOf } from "../code/removedTypes.js";
import { refuseForeign } from "./foreignNames.js";
import { linkedSource, packageOf } from "./linkedPackages.js";
import { isTypeScript, sourceAt } from "./sourceFiles.js";
import { readTsConfig, type TsConfig } from "./tsconfig.js";

/** A place in one of the user's files. */
export interface FilePlace extends CodePosition {
  file: string;
  excerpt: string;
}

interface UserModule {
  file: string;
  code: string;
  /** The place in the file of a place in what was made of it. */
  locate: (line: number, column: number) => CodePosition;
  exports: Record<string, unknown>;
  done: Promise<void>;
}

/** What a debugger needs of the files. */
export interface Debugging {
  /** Stops it at the first line of the program. */
  breakAtStart: boolean;
  /** Whether it is to stop where that function is about to be called. */
  stopsAt: (called: unknown) => boolean;
}

/** Loads one program's files. Each is read once. */
export class ModuleLoader {
  readonly #modules = new Map<string, UserModule>();
  readonly #config: TsConfig;

  /**
   * @param entry absolute path of the program
   * @param given path of a `tsconfig.json`, if one was named
   * @param own packages that are there even where the user has not installed them, by name; `libretto` is always ours
   * @param debugging given where a debugger will want to know the files
   */
  constructor(
    private readonly entry: string,
    given: string | undefined,
    private readonly own: Readonly<Record<string, string>>,
    private readonly debugging?: Debugging,
  ) {
    this.#config = readTsConfig(entry, given);
  }

  /** Runs the program's top level. @returns its exports. @throws what it throws, or `CodeFailed` for code that cannot be read */
  async load(): Promise<Record<string, unknown>> {
    return this.#user(this.entry, []);
  }

  /** The first place of a stack that lies in a file of the user's, in the file as it was written. */
  find(stack: string): FilePlace | undefined {
    for (const [, before = "", line, column] of stack.matchAll(/^(.*?):(\d+):(\d+)\)?$/gm)) {
      // A path may hold blanks and brackets, so what is known is looked for, and not what a path looks like.
      const module = [...this.#modules.values()].find(
        ({ file }) => before.endsWith(file) && /^$|[( ]$/.test(before.slice(0, -file.length)),
      );
      if (module) return placeIn(module, Number(line), Number(column));
    }
    return undefined;
  }

  async #user(file: string, importers: readonly string[]): Promise<Record<string, unknown>> {
    const known = this.#modules.get(file);
    if (known) {
      // A circle gets what is there so far, as in CommonJS.
      if (!importers.includes(file)) await known.done;
      return known.exports;
    }
    const exports: Record<string, unknown> = {};
    const module: UserModule = {
      file,
      code: "",
      locate: (line, column) => ({ line, column }),
      exports,
      done: Promise.resolve(),
    };
    this.#modules.set(file, module);
    module.done = this.#run(module, [...importers, file]);
    // Whoever imports it hears of the failure; this keeps it from counting as unhandled meanwhile.
    module.done.catch(() => undefined);
    await module.done;
    return module.exports;
  }

  async #run(module: UserModule, importers: string[]): Promise<void> {
    const { file } = module;
    module.code = readTextFile(file);
    if (extname(file) === ".json") {
      module.exports = asNamespace({ default: parseJson(module) });
      return;
    }
    const code = this.#transform(module);
    refuseNamespaces(module, code);
    module.locate = originsOf(module.code, code);
    const program = parseJavaScript(module, code);
    const found = references(program);
    const isModule = /^\s*(?:import|export)\b/m.test(module.code);
    const imported = new Map<string, unknown>();
    // Before the code runs, in the order in which it names them. CommonJS asks when it comes to them, which is too
    // late only for what has to be made JavaScript first.
    for (const specifier of found.required)
      if (isModule || this.#isTypeScript(specifier, file))
        imported.set(specifier, await this.#import(specifier, file, importers));
    const native = createRequire(file);
    const require = Object.assign(
      (specifier: string): unknown => imported.get(specifier) ?? this.#require(specifier, native),
      { resolve: native.resolve, cache: native.cache },
    );
    const meta = {
      url: pathToFileURL(file).href,
      filename: file,
      dirname: dirname(file),
      resolve: (specifier: string) => pathToFileURL(native.resolve(specifier)).href,
    };
    const cjs = { exports: module.exports };
    const parameters = "exports, require, module, __filename, __dirname, $load_, $importMeta";
    const body = mend(code, found);
    const script = this.debugging
      ? compileForDebugger(
          module,
          `(async function (${parameters}, ${stopsAtName}) {${file === this.entry && this.debugging.breakAtStart ? "debugger;" : ""}${withDebuggerStops(body, program)}\n})`,
        )
      : compileInPlace(module, `(async function (${parameters}) {`, `${body}\n})`);
    const run = script.runInThisContext() as (...values: unknown[]) => Promise<void>;
    await run.call(
      module.exports,
      module.exports,
      require,
      cjs,
      file,
      dirname(file),
      (specifier: string) => this.#import(String(specifier), file, []),
      meta,
      this.debugging?.stopsAt,
    );
    if (cjs.exports !== module.exports) module.exports = asNamespace({ ...cjs.exports, default: cjs.exports });
  }

  #transform(module: UserModule): string {
    const { file, code } = module;
    const isJsx = /x$/.test(file);
    const transforms: Transform[] = ["typescript", "imports", ...(isJsx ? (["jsx"] as const) : [])];
    const { jsx } = this.#config;
    const make = (source: string, wanted: Transform[]): string =>
      transform(source, {
        transforms: wanted,
        disableESTransforms: true,
        preserveDynamicImport: true,
        production: true,
        jsxRuntime: jsx.runtime,
        jsxImportSource: jsx.importSource,
        jsxPragma: jsx.pragma,
        jsxFragmentPragma: jsx.fragmentPragma,
        filePath: file,
      }).code;
    try {
      if (/\bexport\s+(?:const|let|var)\b/.test(code)) {
        const javaScript = make(
          code,
          transforms.filter((one) => one !== "imports"),
        );
        const split = splitExportedVariables(javaScript);
        if (split !== undefined) return make(split, ["imports"]);
      }
      return make(code, transforms);
    } catch (thrown) {
      const { message, loc } = thrown as Error & { loc?: { line: number; column: number } };
      throw syntaxError(
        module,
        message.replace(/^Error transforming [^:]*(?::[\\/][^:]*)?: /, "").replace(/ \(\d+:\d+\)$/, ""),
        { line: loc?.line ?? 1, column: loc?.column ?? 1 },
      );
    }
  }

  async #import(specifier: string, from: string, importers: readonly string[]): Promise<unknown> {
    const file = this.#resolveFile(specifier, from);
    if (file !== undefined) return this.#user(file, importers);
    const own = this.own[specifier];
    if (specifier === "libretto" && own !== undefined)
      return refuseForeign(asNamespace(createRequire(from)(own) as object));
    try {
      return asNamespace((await importFrom(specifier, from)) as object);
    } catch (error) {
      // Only where the package itself is missing: one that is there and fails is the user's to mend.
      const missing =
        error instanceof Error &&
        "code" in error &&
        error.code === "ERR_MODULE_NOT_FOUND" &&
        error.message.includes(`'${packageOf(specifier)}'`);
      if (!missing) throw this.#unloadable(specifier, from, error);
      if (own !== undefined) return asNamespace((await import(pathToFileURL(own).href)) as object);
      throw this.#missing(
        specifier,
        from,
        this.#config.candidates(specifier).length > 0
          ? `Correct the path, or "paths" and "baseUrl" in the tsconfig.json; of a package, \`npm install ${packageOf(specifier)}\`.`
          : `Install it where the workflow lies: \`npm install ${packageOf(specifier)}\`, or correct the path.`,
        error,
      );
    }
  }

  /** What `require` gives in a file that is CommonJS. */
  #require(specifier: string, native: NodeJS.Require): unknown {
    const own = this.own[specifier];
    if (specifier === "libretto" && own !== undefined) return native(own);
    try {
      return native(specifier);
    } catch (error) {
      const missing =
        error instanceof Error &&
        "code" in error &&
        error.code === "MODULE_NOT_FOUND" &&
        error.message.includes(`'${specifier}'`);
      if (missing && own !== undefined) return native(own);
      throw error;
    }
  }

  #isTypeScript(specifier: string, from: string): boolean {
    try {
      const file = this.#resolveFile(specifier, from);
      return file !== undefined && isTypeScript(file);
    } catch {
      // It may be asked for in a try block, or never.
      return false;
    }
  }

  /** The user's file that a specifier means; undefined for a package. */
  #resolveFile(specifier: string, from: string): string | undefined {
    if (isBuiltin(specifier)) return undefined;
    const isPath = /^\.{0,2}\/|^\.{1,2}$|^file:|^[A-Za-z]:[\\/]/.test(specifier);
    const paths = isPath
      ? [specifier.startsWith("file:") ? fileURLToPath(specifier) : resolve(dirname(from), specifier)]
      : this.#config.candidates(specifier);
    for (const path of paths) {
      const file = sourceAt(path);
      if (file !== undefined) return file;
    }
    if (isPath) throw this.#missing(specifier, from, "Correct the path in the import.");
    return linkedSource(specifier, from);
  }

  /** Node's own words for what it cannot load name everything but the import; what a package throws is left as it is. */
  #unloadable(specifier: string, from: string, error: unknown): unknown {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (
      !/^(?:ERR_(?:UNKNOWN_FILE_EXTENSION|PACKAGE_|MODULE_|UNSUPPORTED_|REQUIRE_|INVALID_PACKAGE)|MODULE_NOT_FOUND)/.test(
        code,
      )
    )
      return error;
    const { where, place } = this.#placeOf(specifier, from);
    const [line = ""] = (error as Error).message.split("\n");
    return new LibrettoError(
      "CodeFailed",
      `Cannot load ${JSON.stringify(specifier)}, imported by ${where}: ${line}`,
      `Look at ${specifier.startsWith("#") ? '"imports" in the nearest package.json' : `"exports" in the package.json of ${packageOf(specifier)}`}: it has to lead to JavaScript, or to TypeScript of this repository.`,
      { cause: error, ...place },
    );
  }

  #placeOf(specifier: string, from: string): { where: string; place: { place?: CodePosition & { file: string } } } {
    const place = placeOfImport(this.#modules.get(from)?.code ?? "", specifier);
    const where = place === undefined ? shortPath(from) : `${shortPath(from)}:${place.line}`;
    return { where, place: place ? { place: { file: from, ...place } } : {} };
  }

  #missing(specifier: string, from: string, hint: string, cause?: unknown): LibrettoError {
    const { where, place } = this.#placeOf(specifier, from);
    return new LibrettoError("CodeFailed", `Cannot find ${JSON.stringify(specifier)}, imported by ${where}.`, hint, {
      cause,
      ...place,
    });
  }
}

/** A path as people write it: relative where it lies below the working directory. */
export function shortPath(path: string): string {
  return shortPathFrom(process.cwd(), path);
}

/** Where a file imports or requires that name, if its text tells. */
function placeOfImport(code: string, specifier: string): CodePosition | undefined {
  for (const { index, 0: found } of code.matchAll(/\b(?:from|import|require)\s*\(?\s*(["'`])[^\n"'`]*\1/g)) {
    const column = found.search(/["'`]/);
    const before = code.slice(0, index + column).split("\n");
    const isComment = /^\s*(?:\/\/|\/?\*)/.test(before.at(-1) ?? "");
    if (isComment || found.slice(column + 1, -1) !== specifier) continue;
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
  return undefined;
}

/** Node's own `import()`, as if it stood in that file. */
function importFrom(specifier: string, from: string): Promise<unknown> {
  const script = new Script("(specifier) => import(specifier)", {
    filename: from,
    importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return (script.runInThisContext() as (specifier: string) => Promise<unknown>)(specifier);
}

/** Marks an object as a module's namespace, for the code that the imports were made into. */
function asNamespace(values: object): Record<string, unknown> {
  const namespace: Record<string, unknown> = {};
  // Getters keep what an ES module exports live.
  for (const key of Object.keys(values))
    if (key !== "__esModule")
      Object.defineProperty(namespace, key, { enumerable: true, get: () => (values as Record<string, unknown>)[key] });
  return Object.defineProperty(namespace, "__esModule", { value: true });
}

interface References {
  required: string[];
  /** Where `import` stands in `import(…)`, and where `import.meta` does. */
  dynamic: number[];
  meta: number[];
}

function references(program: AnyNode): References {
  const found: References = { required: [], dynamic: [], meta: [] };
  const visit = (node: AnyNode): void => {
    if (node.type === "ImportExpression") found.dynamic.push(node.start);
    else if (node.type === "MetaProperty" && node.meta.name === "import") found.meta.push(node.start);
    else if (node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name === "require") {
      const [argument] = node.arguments;
      if (
        argument?.type === "Literal" &&
        typeof argument.value === "string" &&
        !found.required.includes(argument.value)
      )
        found.required.push(argument.value);
    }
    for (const value of Object.values(node) as unknown[]) {
      for (const child of Array.isArray(value) ? (value as unknown[]) : [value])
        if (typeof child === "object" && child !== null && "type" in child && "start" in child) visit(child as AnyNode);
    }
  };
  visit(program);
  return found;
}

function parseJson(module: UserModule): unknown {
  try {
    return JSON.parse(module.code) as unknown;
  } catch (error) {
    const { message } = error as SyntaxError;
    const before = module.code.slice(0, Number(/ position (\d+)/.exec(message)?.[1] ?? module.code.length)).split("\n");
    throw syntaxError(module, message, { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
  }
}

/** As if the file began where its own text does, so that what Node tells of it needs no map. */
function compileInPlace(module: UserModule, before: string, code: string): Script {
  return compile(module, `${before}${code}`, -before.length);
}

/** With a map, and without an offset: debuggers differ in what they take one for. */
function compileForDebugger(module: UserModule, code: string): Script {
  module.locate = originsOf(module.code, code);
  return compile(module, `${code}\n${inlineSourceMap(pathToFileURL(module.file).href, module.code, code)}`, 0);
}

/** The program for this Node, which may not know all of today's syntax. */
function compile(module: UserModule, code: string, columnOffset: number): Script {
  const { file } = module;
  try {
    return new Script(code, { filename: file, columnOffset });
  } catch (error) {
    const { message, stack = "" } = error as SyntaxError;
    const line = Number(/:(\d+)\n/.exec(stack)?.[1] ?? 1);
    throw syntaxError(module, `${message}, according to Node ${process.versions.node}`, { line, column: 1 });
  }
}

/** Puts names of ours in place of what only modules may say, of the same length, so that every column stays. */
function mend(code: string, { dynamic, meta }: References): string {
  let mended = code.replace(/^#!/, "//");
  for (const at of dynamic) mended = `${mended.slice(0, at)}$load_${mended.slice(at + "import".length)}`;
  for (const at of meta) mended = `${mended.slice(0, at)}$importMeta${mended.slice(at + "import.meta".length)}`;
  return mended;
}

function parseJavaScript(module: UserModule, code: string): AnyNode {
  try {
    return parse(code, {
      ecmaVersion: 2026,
      sourceType: "script",
      allowAwaitOutsideFunction: true,
      allowReturnOutsideFunction: true,
      allowImportExportEverywhere: true,
      allowHashBang: true,
    });
  } catch (thrown) {
    const { message, loc } = thrown as SyntaxError & { loc: { line: number; column: number } };
    const isDecorator = code.split("\n")[loc.line - 1]?.[loc.column] === "@";
    throw syntaxError(
      module,
      isDecorator ? "decorators are not supported in workflows" : message.replace(/ \(\d+:\d+\)$/, ""),
      placeIn(module, loc.line, loc.column + 1),
    );
  }
}

const namespaceBegin = /^\s*(?:export\s+)?(?:namespace|module)\s+[\w$.]+\s*\{/;
const valueDeclaration =
  /^\s*(?:export\s+)?(?:const|let|var|(?:async\s+)?function|(?:abstract\s+)?class|(?:const\s+)?enum)\b/;

/**
 * sucrase drops namespaces as if they held only types, and what they held would be missing at run time, with an
 * error that does not tell why. Lines stay lines there, so one that it dropped is empty.
 * @throws `CodeFailed` for a namespace that holds values
 */
function refuseNamespaces(module: UserModule, output: string): void {
  const lines = module.code.split("\n");
  if (!lines.some((line) => namespaceBegin.test(line))) return;
  const left = output.split("\n");
  const isDropped = (line: number): boolean => line < lines.length && !/[^\s;]/.test(left[line] ?? "");
  for (const [begin, line] of lines.entries()) {
    if (!namespaceBegin.test(line) || /\b(?:namespace|module)\b/.test(left[begin] ?? "")) continue;
    const body = [line.replace(namespaceBegin, "")];
    for (let next = begin + 1; isDropped(next); next++) body.push(lines[next] ?? "");
    if (body.some((text) => valueDeclaration.test(text)))
      throw syntaxError(
        module,
        "a namespace that holds more than types is not supported in workflows; use a module or an object",
        { line: begin + 1, column: line.length - line.trimStart().length + 1 },
      );
  }
}

function syntaxError({ file, code }: UserModule, reason: string, { line, column }: CodePosition): LibrettoError {
  return new LibrettoError(
    "CodeFailed",
    `SyntaxError: ${reason} (${shortPath(file)}:${line}:${column}): ${excerptOf(code, line)}`,
    "Correct the file and run it again.",
    { place: { file, line, column } },
  );
}

function placeIn({ file, code, locate }: UserModule, line: number, column: number): FilePlace {
  const position = locate(line, column);
  return { file, ...position, excerpt: excerptOf(code, position.line) };
}
