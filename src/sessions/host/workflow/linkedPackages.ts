/**
 * Sources that are reached like packages: by `imports` of the package.json, or in a package of the same repository,
 * also one whose `import` condition leads to TypeScript. Node by itself reads no TypeScript, or not all of it.
 */
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readTextFile } from "../../util/text.js";
import { resolveExports, resolveImports } from "resolve-pkg-maps";

/** What Node's own `import` asks for; `default` always counts. */
const importConditions = ["node", "import", "module-sync", "node-addons"];

interface PackageJson {
  name?: string;
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
  return isTypeScript(real) && !/[\\/]node_modules[\\/]/.test(real) ? real : undefined;
}

export function isTypeScript(file: string): boolean {
  return /\.[mc]?tsx?$/.test(file);
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
        if (own) return own.imports ? under(folder, resolveImports(own.imports, specifier, importConditions)) : [];
      } else {
        const linked = join(folder, "node_modules", name);
        const found = own?.name === name ? own : readPackage(linked);
        if (found)
          return found.exports === undefined
            ? []
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

function under(folder: string, paths: string[]): string[] {
  return paths.filter((path) => path.startsWith("./")).map((path) => join(folder, path));
}

function readPackage(folder: string): PackageJson | undefined {
  const path = join(folder, "package.json");
  return existsSync(path) ? (JSON.parse(readTextFile(path)) as PackageJson) : undefined;
}
