// `npm run bench`: runs the benchmarks of bench/ and shows each figure beside its budget.
// `npm run bench -- commands`: those whose path holds the word. The one that installs other programs runs only by its name. Exits with 1 where a budget is broken.
import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBrowser, ensureBuild, ensurePackages, main, root, say } from "./ensure.mjs";

await main(async () => {
  await ensurePackages();
  await ensureBuild();
  await ensureBrowser({ both: true });
  const { bundleTests } = await import("./bundleTests.mjs");
  const words = process.argv.slice(2).filter((word) => word !== "--");
  const files = readdirSync(join(root, "bench"), { recursive: true })
    .map((name) => `bench/${name.replaceAll("\\", "/")}`)
    .filter(
      (file) =>
        file.endsWith(".bench.ts") &&
        ((words.length === 0 && !file.includes("peers")) || words.some((word) => file.includes(word))),
    )
    .sort();
  // Extra certificates are read at the start of every Node, whatever it runs, and hide what a command costs.
  delete process.env.NODE_EXTRA_CA_CERTS;
  process.env.LIBRETTO_TEST_FOLDER = realpathSync(mkdtempSync(join(tmpdir(), "lb-")));
  console.log(
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}, ${process.platform} ${process.arch}\n`,
  );
  let broken = 0;
  try {
    for (const [index, bundle] of (await bundleTests(files)).entries()) {
      say(`${files[index]} …`);
      const figures = await createRequire(import.meta.url)(bundle).run();
      broken += figures.filter((figure) => !holds(figure)).length;
      console.log(table([["what", "measured", "budget", "unit", "holds", ""], ...figures.map(row)]));
    }
  } finally {
    rmSync(process.env.LIBRETTO_TEST_FOLDER, { recursive: true, force: true, maxRetries: 5 });
  }
  console.log(broken === 0 ? "Every budget holds." : `${broken} over budget.`);
  process.exitCode = broken === 0 ? 0 : 1;
});

function holds({ measured, budget, atLeast }) {
  return budget === undefined || (atLeast ? measured >= budget : measured <= budget);
}

function row(figure) {
  const { what, measured, budget, unit, atLeast, note } = figure;
  return [
    what,
    shown(measured),
    budget === undefined ? "" : `${atLeast ? "≥" : "≤"} ${budget}`,
    unit,
    budget === undefined ? "" : holds(figure) ? "yes" : "NO",
    note ?? "",
  ];
}

/** Three significant digits are more than any of these figures is good for. */
function shown(number) {
  return number >= 100 ? number.toFixed(0) : number.toPrecision(3);
}

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  return `${rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")}\n`;
}
