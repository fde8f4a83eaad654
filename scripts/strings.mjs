// Gathers the texts that the extension shows into l10n/bundle.l10n.json, the sheet that a translation starts
// from. `node scripts/strings.mjs` writes it; with --check it only says whether it is up to date. VS Code's own
// tool finds `vscode.l10n.t(…)` alone, and the pure functions here are handed their `t`.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./ensure.mjs";

const target = join(root, "l10n", "bundle.l10n.json");

/** The first argument of every `t(…)` and `….t(…)` below src/views, sorted. */
function texts() {
  const found = new Set();
  for (const name of readdirSync(join(root, "src", "views"), { recursive: true })) {
    if (!/\.tsx?$/.test(name)) continue;
    const file = join(root, "src", "views", name);
    const visit = (node) => {
      if (ts.isCallExpression(node) && calleeName(node.expression) === "t") {
        const [text] = node.arguments;
        if (!text || !ts.isStringLiteralLike(text))
          throw new Error(`${file}: the text of t(…) has to be a plain string, or it cannot be translated`);
        found.add(text.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest));
  }
  return [...found].sort();
}

function calleeName(expression) {
  return ts.isIdentifier(expression)
    ? expression.text
    : ts.isPropertyAccessExpression(expression)
      ? expression.name.text
      : undefined;
}

const sheet = `${JSON.stringify(Object.fromEntries(texts().map((text) => [text, text])), undefined, 2)}\n`;
if (!process.argv.includes("--check")) writeFileSync(target, sheet);
else if (readFileSync(target, "utf8") !== sheet) {
  console.error("l10n/bundle.l10n.json is out of date: run `node scripts/strings.mjs`.");
  process.exitCode = 1;
}
