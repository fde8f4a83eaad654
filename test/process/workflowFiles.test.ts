import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { jsonFailureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";

describe("S18: the files of a workflow", () => {
  const given = useFixtures("files", "each");
  const run = (...args: string[]): Promise<string> => given.workspace.ok(["run", ...args, "--headless"]);
  const workflow = (body: string, head = ""): string =>
    `${head}\nimport { workflow } from "libretto";\nexport default workflow("files", {}, async ({ page }) => {\n${body}\n});\n`;

  it("names of a package.json's imports, packages of the same repository and ${configDir} lead to TypeScript as it stands", async () => {
    const { workspace } = given;
    workspace.write("package.json", '{ "name": "shop", "type": "module", "imports": { "#steps/*": "./steps/*.ts" } }');
    workspace.write("base/tsconfig.json", '{ "compilerOptions": { "paths": { "~/*": ["${configDir}/source/*"] } } }');
    workspace.write("tsconfig.json", '{ "extends": "./base/tsconfig.json" }');
    workspace.write("steps/login.ts", 'import { word } from "./word";\nexport const login: string = word;');
    workspace.write("steps/word.ts", 'export enum Word { A = "imports" }\nexport const word = Word.A;');
    workspace.write("source/deep.ts", 'export const deep = "configDir" as const;');
    workspace.write(
      "packages/shared/package.json",
      '{ "name": "@shop/shared", "type": "module", "exports": "./index.ts" }',
    );
    workspace.write("packages/shared/index.ts", 'export enum Kind { Shared = "linked" }');
    workspace.write("node_modules/@shop/.keep", "");
    symlinkSync(
      join(workspace.folder, "packages", "shared"),
      join(workspace.folder, "node_modules", "@shop", "shared"),
      "dir",
    );
    workspace.write(
      "flow.ts",
      workflow(
        "return [login, deep, Kind.Shared].join();",
        'import { login } from "#steps/login";\nimport { deep } from "~/deep";\nimport { Kind } from "@shop/shared";',
      ),
    );
    assert.equal(await run("flow.ts"), "imports,configDir,linked");
  });

  it("a package of the same repository whose import condition is TypeScript, and whose ./x.js stands for x.ts", async () => {
    const { workspace } = given;
    workspace.write("package.json", '{ "name": "root", "type": "module" }');
    workspace.write(
      "packages/lib/package.json",
      JSON.stringify({
        name: "@shop/lib",
        type: "module",
        exports: {
          ".": { types: "./src/index.ts", import: "./src/index.ts", require: "./dist/index.cjs" },
          "./*": { import: "./src/*.ts" },
          "./broken": { browser: "./src/none.ts" },
        },
      }),
    );
    workspace.write("packages/lib/dist/index.cjs", 'exports.word = "built";');
    workspace.write("packages/lib/src/index.ts", 'export { word } from "./deep/word.js";');
    workspace.write(
      "packages/lib/src/deep/word.ts",
      'import { own } from "@shop/lib/own";\nexport const word: string = "source " + own;',
    );
    workspace.write("packages/lib/src/own.ts", "export enum Own { It = 'itself' }\nexport const own = Own.It;");
    workspace.write("node_modules/@shop/.keep", "");
    symlinkSync(
      join(workspace.folder, "packages", "lib"),
      join(workspace.folder, "node_modules", "@shop", "lib"),
      "dir",
    );
    workspace.write("apps/flow.ts", workflow("return word;", 'import { word } from "@shop/lib";'));
    assert.equal(await run("apps/flow.ts"), "source itself");

    workspace.write("apps/broken.ts", workflow("return x;", '\nimport { x } from "@shop/lib/broken";'));
    const failed = jsonFailureOf(await workspace.cli(["run", "apps/broken.ts", "--headless", "--json"]));
    assert.match(failed.message, /^Cannot load "@shop\/lib\/broken", imported by apps\/broken\.ts:\d+: /);
    assert.match(failed.hint, /"exports" in the package\.json of @shop\/lib/);
  });

  it("conditions within conditions, patterns, lists, JSON, names that stand for packages, and packages that say no exports", async () => {
    const { workspace } = given;
    const json = (path: string, value: object): void => workspace.write(path, JSON.stringify(value));
    json("package.json", {
      name: "root",
      imports: {
        "#x": "./hash/x.js",
        "#y/*": { node: { import: "./hash/*.mts", default: "./none/*.js" } },
        "#lib": "@shop/lib/one",
      },
    });
    json("packages/lib/package.json", {
      name: "@shop/lib",
      type: "module",
      exports: {
        ".": {
          node: { import: { types: "./src/index.d.ts", default: "./src/index.js" }, require: "./dist/index.cjs" },
        },
        "./features/*.js": { development: "./none/*.ts", import: "./src/features/*.mts" },
        "./features/inner/*": null,
        "./one": ["./src/one.ts"],
        "./data.json": "./data.json",
      },
    });
    json("packages/lib/data.json", { word: "json" });
    workspace.write(
      "packages/lib/src/index.ts",
      'import { inner } from "./inner";\nimport common from "./common.cjs";\nexport const lib: string = inner + common.word;',
    );
    workspace.write("packages/lib/src/inner/index.tsx", 'export const inner: string = "folder ";');
    workspace.write("packages/lib/src/common.cts", "const word: string = typeof module; export = { word };");
    workspace.write("packages/lib/src/features/deep/f.mts", 'export const f: string = "feature";');
    workspace.write("packages/lib/src/one.ts", 'export const one = "one" as const;');
    json("packages/plain/package.json", { name: "@shop/plain", main: "./src" });
    workspace.write(
      "packages/plain/src/index.ts",
      'import { util } from "@shop/plain/util";\nexport const plain: string = util;',
    );
    workspace.write("packages/plain/util.ts", 'export const util: string = "plain";');
    workspace.write("node_modules/@shop/.keep", "");
    for (const name of ["lib", "plain"])
      symlinkSync(
        join(workspace.folder, "packages", name),
        join(workspace.folder, "node_modules", "@shop", name),
        "dir",
      );
    workspace.write("hash/x.ts", 'export const x: string = "x";');
    workspace.write("hash/y.mts", 'export const y: string = "y";');
    workspace.write("tsconfig.json", '{ "compilerOptions": { "paths": { "@paths/*": ["./hash/*"] } } }');
    workspace.write(
      "flow.ts",
      workflow(
        "const again = await import('@shop/lib/data.json', { with: { type: 'json' } });\nreturn [lib, f, one, data.word, again.default.word, plain, x, hashed, y].join();",
        `import { lib } from "@shop/lib";
import { f } from "@shop/lib/features/deep/f.js";
import { one } from "#lib";
import data from "@shop/lib/data.json" with { type: "json" };
import { plain } from "@shop/plain";
import { x } from "#x";
import { x as hashed } from "@paths/x.js";
import { y } from "#y/y";`,
      ),
    );
    assert.equal(await run("flow.ts"), "folder object,feature,one,json,json,plain,x,x,y");

    for (const [specifier, hint] of [
      ["@shop/lib/features/inner/x.js", /"exports" in the package\.json of @shop\/lib/],
      ["#none", /"imports" in the nearest package\.json/],
      ["@paths/none", /"paths" .* tsconfig\.json/],
    ] as const) {
      workspace.write("broken.ts", workflow("return x;", `\nimport { x } from "${specifier}";`));
      const failed = jsonFailureOf(await workspace.cli(["run", "broken.ts", "--headless", "--json"]));
      assert.ok(
        /^Cannot (?:load|find) "/.test(failed.message) &&
          failed.message.includes(`"${specifier}", imported by broken.ts:2`),
        failed.message,
      );
      assert.match(failed.hint, hint);
    }
  });

  it("whatever a file exports is there for the file that imports it, live, however it is written", async () => {
    const { workspace } = given;
    workspace.write("other.ts", "export const o1 = 1, o2 = 2;\nexport default class Other {}");
    workspace.write(
      "lib.ts",
      `export const a = 1, b = 2;
export let { c, d: [e, f = 5] } = { c: 3, d: [4] as number[] }, g = 7;
export const [h, ...i] = [8, 9, 10], { j, ...k } = { j: 11, l: 12 };
export let
  count = 0, // a comment, with a comma
  total: number = 1, /* and; another, */ add = (x: number, y = count): number => (total += x + y, ++count),
  text = \`a, b\`, pattern = /,/g, generic = <T,>(value: T): T => value;
export var none, last = "last";
export default function main(): string { return "default"; }
export async function named() { [count, total] = [count + 10, 20]; }
export class Klass { static x = "class"; }
export enum Kind { A = "enum" }
export abstract class Typed<T> { abstract value: T }
export type Gone = string; export interface GoneToo { a: 1 }
const late = "late"; let later = "";
export { late as renamed, later };
later = "later";
export * as other from "./other";
export * from "./other";
export { o1 as again, default as Other } from "./other";
for (last of ["changed"]);
`,
    );
    workspace.write(
      "flow.ts",
      workflow(
        `const { a, b, c, e, f, g, h, i, j, k, text, generic, none, last, renamed, later, o2, again, other } = lib;
const before = [lib.count, total];
const added = add(1);
await lib.named();
return [a, b, c, e, f, g, h, i, j, k.l, text, lib.pattern.source, generic(6), none, last, main(), lib.Klass.x, Kind.A, renamed, later, o2, again, other.o1, typeof lib.Other, typeof lib.Typed, "default" in lib.other, before, added, lib.count, total].join();`,
        'import main, * as lib from "./lib";\nimport { Kind, add, total } from "./lib";',
      ),
    );
    assert.equal(
      await run("flow.ts"),
      "1,2,3,4,5,7,8,9,10,11,12,a, b,,,6,,changed,default,class,enum,late,later,2,1,1,function,function,true,0,1,1,11,20",
    );
  });

  it("what a build has left beside a source is not run in its place", async () => {
    const { workspace } = given;
    workspace.write("lib.ts", 'export const version: string = "of today";');
    workspace.write("lib.js", 'export const version = "of last week";');
    workspace.write("flow.ts", workflow("return version;", 'import { version } from "./lib.js";'));
    assert.equal(await run("flow.ts"), "of today");
  });

  it("CommonJS requires libretto, TypeScript and packages; a file may begin with #! and a byte order mark", async () => {
    const { workspace } = given;
    workspace.write("node_modules/plain/index.js", "module.exports = 'plain';");
    workspace.write("steps.ts", "export const step = (n: number): string => `step ${n}`;");
    workspace.write("data.json", '\uFEFF{ "a": 1 }');
    workspace.write(
      "flow.cjs",
      '#!/usr/bin/env libretto run\ntry { require("./optional"); } catch {}\nconst { workflow } = require("libretto");\nconst z = require("zod");\nconst { step } = require("./steps");\nmodule.exports = workflow("common", { input: z.object({ n: z.number().default(2) }) }, async (context, input) => [step(input.n), require("plain"), context.input.n, typeof module, __dirname === process.cwd()].join());\n',
    );
    assert.equal(await run("flow.cjs"), "step 2,plain,2,object,true");
    workspace.write(
      "flow.mts",
      `\uFEFF#!/usr/bin/env libretto run\n${workflow("return [data.a, import.meta.dirname === process.cwd(), import.meta.filename?.endsWith('flow.mts')].join();", 'import data from "./data.json" with { type: "json" };')}`,
    );
    assert.equal(await run("flow.mts"), "1,true,true");
  });

  it("a broken JSON file is named with its line, and so is a schema that cannot check anything", async () => {
    const { workspace } = given;
    const failure = async (): Promise<string> =>
      jsonFailureOf(await workspace.cli(["run", "flow.ts", "--headless", "--json"])).message;
    workspace.write("data.json", '{\n  "a": 1,\n  "b" 2\n}');
    workspace.write("flow.ts", workflow("return data;", 'import data from "./data.json";'));
    assert.match(await failure(), /JSON.* \(data\.json:3:\d+\): "b" 2/);
    workspace.write(
      "flow.ts",
      'import { workflow } from "libretto";\nexport default workflow("old", { input: { parse: (value: unknown) => value } as never }, async () => 1);',
    );
    assert.match(await failure(), /schema cannot be used: .*zod 3\.24/);
  });

  it("an import that leads nowhere is told at its line; one that is asked for while the workflow runs leaves the browser to look at", async () => {
    const { workspace } = given;
    const failure = async () =>
      jsonFailureOf(await workspace.cli(["run", "flow.ts", "--headless", "--session", "w", "--json"]));
    workspace.write(
      "flow.ts",
      workflow(
        "return [a, b];",
        '// from "./gone"\nimport { a } from "./here.js";\nimport type { T } from "./types";\nimport {\n  b,\n} from "./gone";',
      ),
    );
    workspace.write("here.ts", "export const a = 1;");
    const early = await failure();
    assert.equal(early.message, 'Cannot find "./gone", imported by flow.ts:6.');
    assert.deepEqual(early.place, { file: join(workspace.folder, "flow.ts"), line: 6, column: 8 });
    assert.equal(workspace.state("w"), undefined);
    workspace.write("flow.ts", workflow("await import('./torn');"));
    workspace.write("torn.ts", "export const a = = 1;");
    const late = await failure();
    assert.deepEqual(
      [late.code, late.place?.file, late.place?.line],
      ["WorkflowFailed", join(workspace.folder, "torn.ts"), 1],
    );
    assert.equal(workspace.requireState("w").status, "failed");
  });

  it("a failure is found in folders of any name and below many functions of a library, with its cause", async () => {
    const { workspace } = given;
    workspace.write(
      "node_modules/deep/index.js",
      "exports.call = (depth, then) => depth === 0 ? then() : exports.call(depth - 1, then);",
    );
    workspace.write(
      "(shop) [a]/flow é.ts",
      workflow(
        "\nreturn deep.call(30, () => { throw new Error('far down', { cause: new TypeError('why') }); });",
        'import deep from "deep";',
      ),
    );
    const error = jsonFailureOf(
      await workspace.cli(["run", "(shop) [a]/flow é.ts", "--headless", "--session", "w", "--json"]),
    );
    assert.match(
      error.message,
      /^far down, because of TypeError: why \(\(shop\) \[a\]\/flow é\.ts:5:36\): return deep\.call/,
    );
    assert.equal(error.place?.file, join(workspace.folder, "(shop) [a]", "flow é.ts"));
    workspace.write("flow.ts", workflow('await fetch("http://127.0.0.1:1/");'));
    assert.match(
      jsonFailureOf(await workspace.cli(["run", "flow.ts", "--headless", "--json"])).message,
      /TypeError: fetch failed, because of .*(?:ECONNREFUSED|bad port).* \(flow\.ts:4:/,
    );
  });
});
