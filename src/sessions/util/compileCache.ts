/**
 * Runs the files of a program from V8's compile cache. Most of what a command costs beyond starting Node is the
 * compiling of its own code (bench/). Node keeps such a cache itself since 22.1 (`module.enableCompileCache`); this
 * one serves Node 20 and VS Code's runtime too, and keeps one for each kind of call, which holds the functions that
 * such a call runs and no others. Without a cache, for whatever reason, everything runs as it would from the files.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Script, type ScriptOptions } from "node:vm";
import type { Environment } from "./environment.js";
import { makeFolders } from "./folders.js";

export interface Program {
  /** The folder of the files, absolute. They are CommonJS, and name each other as `./<file>`. */
  folder: string;
  /** The file to begin with. */
  main: string;
  /** Differs whenever some file does: V8 itself only notices when a file's length changes. */
  build: string;
  /** What the program is called for; calls of one kind run about the same functions. */
  kind: string;
  /** The kind whose cache is read where this one has none: one that is called more often and runs nearly the same. */
  otherKind?: string | undefined;
}

/** A program that runs. */
export interface RunningProgram {
  /** Writes down now, and not at the end, what was compiled. Never throws. */
  save(): void;
}

/** What a build's cache that nobody has added to for so long is kept, in ms. */
const keptMs = 30 * 24 * 60 * 60 * 1000;

/**
 * Runs a program's main file before it returns. At the end of a call that did not fail, what was compiled is written
 * down for the next one of its kind: what failed, as a mistyped word does, leaves nothing behind. Throws what the file
 * throws.
 */
export function runCompiled(program: Program, env: Environment = process.env): RunningProgram {
  const { folder, main, build, kind, otherKind } = program;
  const caches = cachesFolder(env);
  const cache = caches === undefined ? undefined : `${caches}/${build}-${runtime(folder)}`;
  const cacheOf = (file: string, of = kind): string =>
    `${cache}/${/^[\w-]{1,30}$/.test(of) ? of : "other"}-${file}.bin`;
  const cached = (file: string): Uint8Array | undefined => {
    if (cache === undefined) return undefined;
    return readOwn(cacheOf(file)) ?? (otherKind === undefined ? undefined : readOwn(cacheOf(file, otherKind)));
  };
  const modules = new Map<string, { exports: unknown }>();
  const compiled: CompiledFile[] = [];
  let isSaved = false;
  const load = (file: string): unknown => {
    const loaded = modules.get(file);
    if (loaded) return loaded.exports;
    const path = `${folder}/${file}`;
    const script = compileModule(path, cached(file));
    const module = { exports: {} };
    modules.set(file, module);
    // True where V8 would not have them, and undefined where there were none.
    if (script.cachedDataRejected !== false && compiled.push([cacheOf(file), script]) === 1) process.on("exit", save);
    const run = script.runInThisContext() as (...values: unknown[]) => void;
    run(
      module.exports,
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- what such a file may ask for beside its own kind
      (id: string): unknown => (id.startsWith("./") ? load(id.slice(2)) : (require(id) as unknown)),
      module,
      path,
      folder,
    );
    return module.exports;
  };
  // Once: a program that said when knows why what comes later is of no use.
  const save = (status: number): void => {
    if (isSaved) return;
    isSaved = true;
    if (status !== 0 || compiled.length === 0 || caches === undefined || cache === undefined) return;
    writeCaches(caches, cache, compiled);
  };
  load(main);
  return { save: () => save(0) };
}

/** What was compiled, and the file of the cache that it goes to. */
export type CompiledFile = [cachePath: string, script: Script];

/** Compiles a file of CommonJS: the script's value is a function of what such a file is given, in Node's order. */
export function compileModule(path: string, cachedData?: Uint8Array, options: ScriptOptions = {}): Script {
  const source = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(path).toString("utf8")}\n})`;
  return new Script(source, { ...options, filename: path, ...(cachedData ? { cachedData } : {}) });
}

/**
 * Writes down what was compiled. Never throws.
 * @param caches the folder of all caches
 * @param cache the one of these, made where it is missing
 * @param compiled its files in that folder
 */
export function writeCaches(caches: string, cache: string, compiled: readonly CompiledFile[]): void {
  try {
    if (!isOwn(caches)) return;
    if (makeFolders(cache, 0o700)) removeOld(caches);
    for (const [path, script] of compiled) replace(path, script.createCachedData());
  } catch {
    // A disk that is full, or a folder that may not be written: the next process compiles again.
  }
}

/**
 * What V8 compiles differs with: its version, the processor, its flags, and the folder of the files. Functions out of a
 * cache name the path that they were compiled at (V8 of Node 20), and a stack would show files of another installation.
 */
export function runtime(folder: string): string {
  const { version, versions, arch, execArgv } = process;
  let place = 0;
  // Not `node:crypto`: loading it would cost every command a millisecond, and a user's own folders are no attackers.
  for (let index = 0; index < folder.length; index++) place = (place * 31 + folder.charCodeAt(index)) >>> 0;
  const plain = `${version}-${versions.v8}-${arch}-${place.toString(16)}`;
  return execArgv.length === 0
    ? plain
    : `${plain}${execArgv
        .join("")
        .replaceAll(/[^\w.-]+/g, "_")
        .slice(0, 100)}`;
}

/** Where a user's programs keep what can be made again; undefined where the cache is not wanted or has no place. */
export function cachesFolder(env: Environment): string | undefined {
  // Options may change what V8 compiles; it then rejects what others have written, and would never stop writing.
  if (env.NODE_DISABLE_COMPILE_CACHE || env.NODE_OPTIONS) return undefined;
  if (process.platform === "win32") return env.LOCALAPPDATA && `${env.LOCALAPPDATA}/libretto/cache`;
  if (env.XDG_CACHE_HOME?.startsWith("/")) return `${env.XDG_CACHE_HOME}/libretto`;
  if (!env.HOME?.startsWith("/")) return undefined;
  return process.platform === "darwin" ? `${env.HOME}/Library/Caches/libretto` : `${env.HOME}/.cache/libretto`;
}

/** What `replace` wrote, whole; only if it is this user's and nobody else may write it, since it is run. */
export function readOwn(path: string): Uint8Array | undefined {
  let handle: number | undefined;
  try {
    handle = openSync(path, "r");
    const { size, uid, mode } = fstatSync(handle);
    if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) return undefined;
    // Two smaller pieces: one that takes both makes the system find fresh memory for it, which costs a quarter of a millisecond.
    const [bytes, copy] = [new Uint8Array(size / 2), new Uint8Array(size / 2)];
    if (readSync(handle, bytes) + readSync(handle, copy) !== size) return undefined;
    return Buffer.compare(bytes, copy) === 0 ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Whether it is this user's, or would be: who runs one command as root with the home of another must not keep that one out. */
function isOwn(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat && dirname(path) !== path) return isOwn(dirname(path));
  return !process.getuid || stat?.uid === process.getuid();
}

/**
 * In one step, and twice over: V8 does not look whether the bytes are those that it gave, and damaged ones end the
 * process. Two copies that are compared cost a tenth of a checksum. Not `replaceFile`: a program's small first file would
 * load the half of the core with it.
 */
function replace(path: string, bytes: Buffer): void {
  const fresh = `${path}.${process.pid}`;
  try {
    writeFileSync(fresh, Buffer.concat([bytes, bytes]), { mode: 0o600 });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** Caches of builds that are gone, or that a newer Node has taken the place of. */
function removeOld(caches: string): void {
  for (const name of readdirSync(caches)) {
    const path = `${caches}/${name}`;
    if (/^(?:[0-9a-f]{12}|[a-z-]+@[\d.]+)-v\d/.test(name) && Date.now() - statSync(path).mtimeMs > keptMs)
      rmSync(path, { recursive: true, force: true });
  }
}
