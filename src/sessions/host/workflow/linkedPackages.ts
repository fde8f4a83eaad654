/**
 * Sources that are reached like packages: by `imports` of the package.json, or in a package of the same repository,
 * also one whose `import` condition leads to TypeScript. Node by itself reads no TypeScript, or not all of it.
 */
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readTextFile } from "../../util/text.js";
import { resolveExports, resolveImports } from "resolve-pkg-maps";
import { isTypeScript, sourceAt, sourceNamed } from "./sourceFiles.js";

/** What Node's own `import` asks for; `default` always counts. */
const importConditions = ["node", "import", "module-sync", "node-addons"];

interface PackageJson {
  name?: string;
  main?: string;
  exports?: Parameters<typeof resolveExports>[0];
  imports?: Parameters<typeof resolveImports>[0];
}

/** The TypeScript that a specifier leads to, from the file that imports it; undefined for what is left to Node. */
export function linkedSource(specifier: string, from: string): string | undefined {
  const imported = byImport(specifier, from);
  // Where the package says what an import gets, that is it.
  const file = imported.length > 0 ? imported.find((path) => existsSync(path)) : byRequire(specifier, from);
  if (file === undefined) return undefined;
  const real = realpathSync(file);
  // Node asks for an attribute at the import of JSON, of which nothing is left in what it is given.
  return real.endsWith(".json") || (isTypeScript(real) && !/[\\/]node_modules[\\/]/.test(real)) ? real : undefined;
}

/** `@scope/name/inner` → `@scope/name` */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function byImport(specifier: string, from: string): string[] {
  try {
    const name = packageOf(specifier);
    for (let folder = dirname(from); ; folder = dirname(folder)) {
      const own = readPackage(folder);
      if (specifier.startsWith("#")) {
        if (own) {
          const paths = own.imports ? resolveImports(own.imports, specifier, importConditions) : [];
          // It may stand for another package.
          return paths.flatMap((path) => (path.startsWith("./") ? under(folder, [path]) : byImport(path, from)));
        }
      } else {
        const linked = join(folder, "node_modules", name);
        const found = own?.name === name ? own : readPackage(linked);
        if (found)
          return found.exports === undefined
            ? whole(
                sourceAt(
                  join(found === own ? folder : linked, specifier.slice(name.length + 1) || (found.main ?? ".")),
                ),
              )
            : under(
                found === own ? folder : linked,
                resolveExports(found.exports, specifier.slice(name.length + 1), importConditions),
              );
      }
      if (dirname(folder) === folder) return [];
    }
  } catch {
    // What the package does not offer is told by Node.
    return [];
  }
}

function byRequire(specifier: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    // Nothing that `require` finds; what `import` finds is left to Node.
    return undefined;
  }
}

/** @param paths as a package says them: one that is not there stays, so that Node tells of it */
function under(folder: string, paths: string[]): string[] {
  return paths
    .filter((path) => path.startsWith("./"))
    .map((path) => join(folder, path))
    .map((path) => sourceNamed(path) ?? path);
}

/** What a package without `exports` leads to; what is no TypeScript, Node finds. */
function whole(file: string | undefined): string[] {
  return file !== undefined && isTypeScript(file) ? [file] : [];
}

function readPackage(folder: string): PackageJson | undefined {
  const path = join(folder, "package.json");
  return existsSync(path) ? (JSON.parse(readTextFile(path)) as PackageJson) : undefined;
}
