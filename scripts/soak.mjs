// `npm run soak`: 500 cycles of open, exec, readonly-exec, snapshot and close, and whether anything grew meanwhile.
// `npm run soak -- 50`: so many cycles. Exits with 1 where something grew.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBrowser, ensureBuild, ensurePackages, main } from "./ensure.mjs";

await main(async () => {
  await ensurePackages();
  await ensureBuild();
  await ensureBrowser({ both: false });
  const { bundleTests } = await import("./bundleTests.mjs");
  const cycles = Number(process.argv.slice(2).find((word) => word !== "--") ?? 500);
  process.env.LIBRETTO_TEST_FOLDER = realpathSync(mkdtempSync(join(tmpdir(), "ls-")));
  try {
    const [bundle] = await bundleTests(["bench/soak.ts"]);
    const grown = await createRequire(import.meta.url)(bundle).run(cycles);
    console.log(grown.length === 0 ? `Nothing grew in ${cycles} cycles.` : grown.join("\n"));
    process.exitCode = grown.length === 0 ? 0 : 1;
  } finally {
    rmSync(process.env.LIBRETTO_TEST_FOLDER, { recursive: true, force: true, maxRetries: 5 });
  }
});
