/** What of a `tsconfig.json` matters when a workflow is run: where imports lead, and how JSX is meant. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { parse, printParseErrorCode, type ParseError } from "jsonc-parser";
import { readTextFile } from "../../util/text.js";
import { usageError } from "../../util/errors.js";

export interface TsConfig {
  /** Absolute paths that a specifier may mean, in order; empty where no pattern of `paths` fits. */
  candidates(specifier: string): string[];
  jsx: { runtime: "automatic" | "classic"; importSource: string; pragma: string; fragmentPragma: string };
}

interface CompilerOptions {
  baseUrl?: string;
  paths?: Record<string, string[]>;
  jsx?: string;
  jsxImportSource?: string;
  jsxFactory?: string;
  jsxFragmentFactory?: string;
}
interface Collected extends CompilerOptions {
  pathsFrom?: string;
}

/**
 * Reads the configuration that holds for a file: the given one, or the nearest `tsconfig.json` upwards.
 * @throws `Usage` where the given file is not there, or one cannot be read
 */
export function readTsConfig(file: string, given: string | undefined): TsConfig {
  const path = given ?? nearest(dirname(file));
  if (given !== undefined && !existsSync(given))
    throw usageError(`There is no file ${given}.`, "Give --tsconfig the path of a tsconfig.json.");
  const options = path === undefined ? {} : collect(path, new Set());
  const patterns = Object.entries(options.paths ?? {}).map(([pattern, targets]) => ({ pattern, targets }));
  // The pattern with the longest part before its star is the one that is meant.
  patterns.sort((a, b) => prefixOf(b.pattern).length - prefixOf(a.pattern).length);
  return {
    candidates(specifier) {
      for (const { pattern, targets } of patterns) {
        const rest = matched(pattern, specifier);
        if (rest !== undefined)
          return targets.map((target) =>
            resolve(
              options.pathsFrom ?? "",
              target.replace("*", () => rest),
            ),
          );
      }
      return options.baseUrl === undefined || isAbsolute(specifier) || /^[.#]|^node:/.test(specifier)
        ? []
        : [join(options.baseUrl, specifier)];
    },
    jsx: {
      runtime: options.jsx === "react" ? "classic" : "automatic",
      importSource: options.jsxImportSource ?? "react",
      pragma: options.jsxFactory ?? "React.createElement",
      fragmentPragma: options.jsxFragmentFactory ?? "React.Fragment",
    },
  };
}

/** @param top folder of the file that was asked for; those that it extends call it `${configDir}` */
function collect(path: string, seen: Set<string>, top = dirname(path)): Collected {
  if (seen.has(path)) throw usageError(`${path} extends itself.`, "Take the circle out of the chain of extends.");
  seen.add(path);
  const errors: ParseError[] = [];
  const text = readTextFile(path);
  const parsed = parse(text, errors, { allowTrailingComma: true }) as
    { extends?: string | string[]; compilerOptions?: CompilerOptions } | undefined;
  const [error] = errors;
  if (error || typeof parsed !== "object")
    throw usageError(
      `${path}:${text.slice(0, error?.offset ?? 0).split("\n").length} is not valid JSON (${error ? printParseErrorCode(error.error) : "no object"}).`,
      "Correct the file, or name another with --tsconfig.",
    );
  const folder = dirname(path);
  const parents = parsed.extends === undefined ? [] : Array.isArray(parsed.extends) ? parsed.extends : [parsed.extends];
  const options: Collected = {};
  for (const parent of parents) Object.assign(options, collect(locate(parent, folder, path), new Set(seen), top));
  const { baseUrl, paths, ...rest } = parsed.compilerOptions ?? {};
  Object.assign(options, rest);
  const inTop = (text: string): string => text.replace(/^\$\{configDir\}/, () => top);
  if (baseUrl !== undefined) options.baseUrl = resolve(folder, inTop(baseUrl));
  if (paths !== undefined) {
    options.paths = Object.fromEntries(
      Object.entries(paths).map(([pattern, targets]) => [pattern, targets.map(inTop)]),
    );
    options.pathsFrom = options.baseUrl ?? folder;
  }
  return options;
}

function locate(parent: string, folder: string, from: string): string {
  const direct = resolve(folder, parent);
  for (const path of parent.startsWith(".") || isAbsolute(parent) ? [direct, `${direct}.json`] : [])
    if (existsSync(path)) return path;
  const require = createRequire(from);
  for (const name of [parent, `${parent}.json`, `${parent}/tsconfig.json`]) {
    try {
      return require.resolve(name);
    } catch {
      // The next spelling.
    }
  }
  throw usageError(
    `${from} extends ${JSON.stringify(parent)}, which is not there.`,
    "Install the package or correct the path.",
  );
}

function nearest(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, "tsconfig.json");
    if (existsSync(path)) return path;
    if (dirname(at) === at) return undefined;
  }
}

function prefixOf(pattern: string): string {
  return pattern.split("*")[0] ?? "";
}

/** What the star of a pattern stands for; undefined where the specifier does not fit. */
function matched(pattern: string, specifier: string): string | undefined {
  const [before = "", after] = pattern.split("*");
  if (after === undefined) return pattern === specifier ? "" : undefined;
  return specifier.length >= before.length + after.length && specifier.startsWith(before) && specifier.endsWith(after)
    ? specifier.slice(before.length, specifier.length - after.length)
    : undefined;
}
