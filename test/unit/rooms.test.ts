import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ESLint } from "eslint";
import ts from "typescript";
import { forbiddenImport, resolveImport, rooms, roomOf } from "../../scripts/rooms.mjs";

const files = readdirSync("src/sessions", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `src/sessions/${name.replaceAll("\\", "/")}`);

/** The files that each file imports, types included, in any form of import. */
const imports = new Map(files.map((file) => [file, importsOf(file)]));

describe("The rooms of src/sessions", () => {
  it("every file lies in a room of the table, and imports only what its room may", () => {
    const wrong = files.flatMap((file) => [
      ...(rooms[roomOf(file) ?? ""] === undefined ? [`${file} lies in no room`] : []),
      ...(imports.get(file) ?? []).flatMap((target) => forbiddenImport(file, target) ?? []),
    ]);
    assert.deepEqual(wrong, []);
  });

  it("the table has no way back: no room reaches itself", () => {
    for (const room of Object.keys(rooms)) {
      assert.ok(!reachable(room, (name) => rooms[name] ?? []).has(room), `${room} reaches itself`);
    }
  });

  it("no file imports itself by a detour", () => {
    const circles = files.filter((file) => reachable(file, (name) => imports.get(name) ?? []).has(file));
    assert.deepEqual(circles, []);
  });

  it("lint refuses an arrow that runs back, in each form of import", async function () {
    this.timeout(60_000);
    const eslint = new ESLint({ cwd: process.cwd() });
    const statements = [
      'import { x } from "../operations/context.js"; void x;',
      'import type { X } from "../operations/context.js"; export type Y = X;',
      'void import("../operations/context.js");',
      'export { x } from "../operations/context.js";',
    ];
    for (const statement of statements) {
      const [result] = await eslint.lintText(`${statement}\n`, {
        filePath: join(process.cwd(), "src/sessions/store/records.ts"),
      });
      assert.ok(
        result?.messages.some(({ ruleId }) => ruleId === "rooms/imports"),
        statement,
      );
    }
  });
});

describe("The ways through the files in docs/architecture.md", () => {
  const [, section = ""] = readFileSync("docs/architecture.md", "utf8").split("## The ways through the files");
  const cells = (section.split("\n## ")[0] ?? "").split("\n").flatMap((row) => row.split("|"));
  const ways = cells.filter((cell) => cell.includes("→")).map(filesOfWay);

  it("are those of open, its page, a lock and a read", () => assert.equal(ways.length, 7));
  for (const way of ways)
    it(`${way[0]} to ${way.at(-1)}: each file imports the next one`, () => {
      for (const [index, file] of way.entries()) {
        const next = way[index + 1];
        if (next !== undefined) assert.ok(importsOf(file, "src/").includes(next), `${file} does not import ${next}`);
      }
    });
});

/** @param cell of the table; what follows a semicolon is no part of the way */
function filesOfWay(cell: string): string[] {
  return [...(cell.split(";")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, path = ""]) =>
    path.startsWith("host/") ? `src/sessions/${path}` : `src/${path}`,
  );
}

function importsOf(file: string, below = "src/sessions/"): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined;
    if (specifier && ts.isStringLiteral(specifier) && specifier.text.startsWith(".")) {
      const target = resolveImport(file, specifier.text);
      if (target?.startsWith(below)) found.push(target);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest));
  return found;
}

/** All that can be reached from there by at least one step. */
function reachable(from: string, next: (name: string) => readonly string[]): Set<string> {
  const seen = new Set<string>();
  const open = [...next(from)];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...next(name));
  }
  return seen;
}
