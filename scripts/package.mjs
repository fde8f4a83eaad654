// Packs the extension. `npm run package` builds and writes libretto-<version>.vsix at the root.
// The package is put together in a folder of its own: vsce refuses a manifest that serves npm too (`files`
// beside .vscodeignore), and node_modules of the working copy holds much more than what is shipped.
import { cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuild, root, run, say } from "./ensure.mjs";

/** Most bytes that the package may have. */
const limit = 6 * 1024 * 1024;
/** What is shipped from the root beside the manifest; .vscodeignore says what of it stays out. */
const shipped = ["dist", "media", "l10n", "package.nls.json", "README.md", "CHANGELOG.md", "LICENSE", ".vscodeignore"];

/**
 * Builds what is out of date and packs it.
 * @param {string} [output] path of the package to write
 * @returns {Promise<string>} that path
 */
export async function buildVsix(output) {
  await ensureBuild();
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const target = output ?? join(root, `libretto-${manifest.version}.vsix`);
  const stage = join(root, "out", `vsix-${process.pid}`);
  await rm(stage, { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  for (const name of shipped)
    if (existsSync(join(root, name))) await cp(join(root, name), join(stage, name), { recursive: true });
  const playwright = join("node_modules", "playwright-core");
  await cp(join(root, playwright), join(stage, playwright), { recursive: true, dereference: true });
  await writeFile(join(stage, "package.json"), JSON.stringify(extensionManifest(manifest), undefined, 2));

  const status = await run(
    process.execPath,
    [
      join(root, "node_modules", "@vscode", "vsce", "vsce"),
      "package",
      "--no-git-tag-version",
      "--no-update-package-json",
      "--skip-license",
      "--allow-missing-repository",
      "--out",
      target,
    ],
    { cwd: stage, stdio: ["ignore", "ignore", 2] },
  );
  await rm(stage, { recursive: true, force: true });
  if (status !== 0) throw new Error(`vsce ended with ${status}`);
  const { size } = await stat(target);
  if (size > limit) throw new Error(`The package has ${size} bytes, more than ${limit}. See .vscodeignore.`);
  return target;
}

/** The manifest without what is for npm alone. Playwright is the one package beside the bundles. */
function extensionManifest(manifest) {
  const result = { ...manifest, dependencies: { "playwright-core": manifest.dependencies["playwright-core"] } };
  for (const key of ["files", "exports", "types", "bin", "private", "scripts", "devDependencies"]) delete result[key];
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = await buildVsix();
  say(`${target}: ${((await stat(target)).size / 1024 / 1024).toFixed(2)} MB`);
}
