/** Which file a path without an extension, or with that of what TypeScript makes, stands for. */
import { existsSync, statSync } from "node:fs";
import { extname, join } from "node:path";

const extensions = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];
/** What may be meant by the extension of a file that TypeScript would have made. */
const sources: Record<string, string[]> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

/** As TypeScript looks: what a build has left beside a source does not stand for it. */
export function sourceAt(path: string): string | undefined {
  return [
    ...sourcesOf(path),
    path,
    ...extensions.map((other) => path + other),
    ...extensions.map((other) => join(path, `index${other}`)),
  ].find(isFile);
}

/** The same for a path that says the whole name of the file, as in the `exports` of a package. */
export function sourceNamed(path: string): string | undefined {
  return [...sourcesOf(path), path].find(isFile);
}

export function isTypeScript(file: string): boolean {
  return /\.[mc]?tsx?$/.test(file);
}

function sourcesOf(path: string): string[] {
  const extension = extname(path);
  return (sources[extension] ?? []).map((other) => path.slice(0, -extension.length) + other);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
