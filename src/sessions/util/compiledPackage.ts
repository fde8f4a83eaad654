/**
 * Loads a package of which the large files are compiled from V8's compile cache, as `compileCache.ts` does it for our own
 * programs. Playwright takes two fifths less of the processor's time to load.
 */
import Module, { createRequire } from "node:module";
import { basename, dirname } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { constants } from "node:vm";
import { cachesFolder, compileModule, readOwn, runtime, writeCaches, type CompiledFile } from "./compileCache.js";
import type { Environment } from "./environment.js";

/** Node's, by which it loads a file of CommonJS; deprecated, and kept. */
type Loader = (module: { exports: unknown }, path: string) => void;

/** When what was compiled is written down, in ms after it was loaded: somebody waits for what was loaded, and then no longer. */
const settledMs = 500;

/**
 * Loads it, or gives what was loaded before.
 * @param large names of its files that are worth a cache; all others are loaded as ever
 * @throws what loading it throws
 */
export function requireCompiled(name: string, large: readonly string[], env: Environment): unknown {
  const require = createRequire(__filename);
  const caches = cachesFolder(env);
  const { _extensions: loaders } = Module as unknown as { _extensions?: Record<string, Loader> };
  const plain = loaders?.[".js"];
  if (caches === undefined || !loaders || !plain) return require(name);
  const { version } = require(`${name}/package.json`) as { version: string };
  const root = dirname(require.resolve(`${name}/package.json`));
  // Playwright finds its own functions in a stack by their path.
  const cache = `${caches}/${name}@${version}-${runtime(root)}`;
  const compiled: CompiledFile[] = [];
  loaders[".js"] = (module, path) => {
    const file = basename(path, ".js");
    if (!large.includes(file) || !path.startsWith(root)) return plain(module, path);
    // V8 takes no cache that was made with other flags, and a host changes one on its way.
    const cachePath = `${cache}/${file}-${cachedDataVersionTag().toString(16)}.bin`;
    const script = compileModule(path, readOwn(cachePath), {
      importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    if (script.cachedDataRejected !== false) compiled.push([cachePath, script]);
    const run = script.runInThisContext() as (...values: unknown[]) => void;
    run.call(module.exports, module.exports, createRequire(path), module, path, dirname(path));
  };
  try {
    return require(name);
  } finally {
    loaders[".js"] = plain;
    if (compiled.length > 0) setTimeout(() => writeCaches(caches, cache, compiled), settledMs).unref();
  }
}
