// Keeps docs/promises.md: every number that titles of tests name (S7, V3, A1, …), what is promised, and the test
// files that hold it. The promises are written by hand in the page itself; `node scripts/promises.mjs` writes the
// files beside them, and with --check says whether the page is up to date.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Scripts and tests are run from the repository. */
const root = process.cwd();
const page = join(root, "docs", "promises.md");
const numbered = /\b([SVA])(\d{1,2})\b/g;

/** The test files whose titles name each number. @returns {Map<string, string[]>} in the order of the numbers */
export function filesByPromise() {
  const found = new Map();
  for (const name of readdirSync(join(root, "test"), { recursive: true }).sort()) {
    if (!name.endsWith(".test.ts")) continue;
    const file = `test/${name.replaceAll("\\", "/")}`;
    const text = readFileSync(join(root, file), "utf8");
    for (const [, title] of text.matchAll(/\b(?:it|describe)\(\s*(["'`][^\n]*)/g)) {
      // What a title says of numbers stands at its beginning: "S5, S8: …".
      const [head] = /^["'`](?:[SVA]\d{1,2}\b(?:[,–\- ]|to |and )*)+/.exec(title) ?? [""];
      for (const [number] of head.matchAll(numbered)) found.set(number, new Set([...(found.get(number) ?? []), file]));
    }
  }
  const order = (number) => "SVA".indexOf(number[0]) * 100 + Number(number.slice(1));
  return new Map([...found].sort(([a], [b]) => order(a) - order(b)).map(([number, files]) => [number, [...files]]));
}

/** The page with the files of today beside its promises. @returns {{ text: string, missing: string[], stale: string[] }} */
export function promisesPage() {
  const before = readFileSync(page, "utf8");
  const files = filesByPromise();
  const known = new Map(
    [...before.matchAll(/^\| ([SVA]\d{1,2}) \| (.*?) \| ?(.*?) ?\|$/gm)].map(([, number, promise]) => [
      number,
      promise,
    ]),
  );
  const text = before.replaceAll(/^\| ([SVA]\d{1,2}) \| (.*?) \| ?(.*?) ?\|$/gm, (_row, number, promise) => {
    const links = (files.get(number) ?? []).map(
      (file) => `[${file.slice("test/".length, -".test.ts".length)}](../${file})`,
    );
    return `| ${number} | ${promise} | ${links.join(", ")} |`;
  });
  return {
    text,
    missing: [...files.keys()].filter((number) => !known.has(number)),
    stale: [...known.keys()].filter((number) => !files.has(number)),
  };
}

if (process.argv[1]?.endsWith("promises.mjs")) {
  const { text, missing, stale } = promisesPage();
  for (const number of missing) console.error(`Tests name ${number}, and docs/promises.md does not: add its row.`);
  for (const number of stale) console.error(`docs/promises.md promises ${number}, and no test's title begins with it.`);
  if (missing.length + stale.length > 0) process.exitCode = 1;
  if (!process.argv.includes("--check")) writeFileSync(page, text);
  else if (readFileSync(page, "utf8") !== text) {
    console.error("docs/promises.md is out of date: run `node scripts/promises.mjs`.");
    process.exitCode = 1;
  }
}
