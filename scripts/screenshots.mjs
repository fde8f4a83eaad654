// Takes the README's pictures again, from a real VS Code window in which the packaged extension works on the
// tests' own site: `node scripts/screenshots.mjs`. They are written into media/pictures.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureVscode } from "../test/support/vscode/ensureVscode.mjs";
import { bundleTests } from "./bundleTests.mjs";
import { ensureBrowser, ensurePackages, main, root } from "./ensure.mjs";
import { buildVsix } from "./package.mjs";

await main(async () => {
  await ensurePackages();
  await ensureBrowser({ both: true });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lt-")));
  try {
    process.env.LIBRETTO_TEST_FOLDER = folder;
    process.env.LIBRETTO_TEST_VSCODE = JSON.stringify(await ensureVscode());
    const vsix = await buildVsix(join(folder, "libretto.vsix"));
    const [pictures] = await bundleTests(["test/support/vscode/readmePictures.ts"]);
    await createRequire(import.meta.url)(pictures).takePictures(vsix, join(root, "media", "pictures"));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
