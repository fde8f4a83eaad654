/** What of a `tsconfig.json` matters when a workflow is run: where imports lead, and how JSX is meant. */
import { existsSync } from "node:fs";
import { createPathsMatcher, findTsconfig, parseTsconfig } from "get-tsconfig";
import { parse, printParseErrorCode, type ParseError } from "jsonc-parser";
import { usageError } from "../../util/errors.js";
import { readTextFile } from "../../util/text.js";

export interface TsConfig {
  /** Absolute paths that a specifier may mean, in order; empty where neither `paths` nor `baseUrl` says any. */
  candidates(specifier: string): string[];
  jsx: { runtime: "automatic" | "classic"; importSource: string; pragma: string; fragmentPragma: string };
}

/**
 * Reads the configuration that holds for a file: the given one, or the nearest `tsconfig.json` upwards.
 * @throws `Usage` where the given file is not there, or one cannot be read
 */
export function readTsConfig(file: string, given: string | undefined): TsConfig {
  if (given !== undefined && !existsSync(given))
    throw usageError(`There is no file ${given}.`, "Give --tsconfig the path of a tsconfig.json.");
  const path = given ?? findTsconfig(file);
  const config = path === undefined ? {} : read(path);
  const matcher = path === undefined ? null : createPathsMatcher({ path, config });
  const { jsx, jsxImportSource, jsxFactory, jsxFragmentFactory } = config.compilerOptions ?? {};
  return {
    candidates: (specifier) => matcher?.(specifier) ?? [],
    jsx: {
      runtime: jsx === "react" ? "classic" : "automatic",
      importSource: jsxImportSource ?? "react",
      pragma: jsxFactory ?? "React.createElement",
      fragmentPragma: jsxFragmentFactory ?? "React.Fragment",
    },
  };
}

function read(path: string): ReturnType<typeof parseTsconfig> {
  const text = readTextFile(path);
  const errors: ParseError[] = [];
  parse(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  // get-tsconfig takes what it can from a damaged file, and an import then fails for no visible reason.
  if (error)
    throw usageError(
      `${path}:${text.slice(0, error.offset).split("\n").length} is not valid JSON (${printParseErrorCode(error.error)}).`,
      "Correct the file, or name another with --tsconfig.",
    );
  try {
    return parseTsconfig(path);
  } catch (thrown) {
    throw usageError(
      `${path}: ${(thrown as Error).message}`,
      "Correct what it extends, or name another file with --tsconfig.",
    );
  }
}
