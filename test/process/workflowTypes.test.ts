import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { repositoryRoot } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";

describe("S18: the types that a user's workflow is checked against", () => {
  const given = useFixtures("types", "each");

  /** Diagnostics of TypeScript for the user's files, each as `file:line message`. */
  function check(files: string[], options: ts.CompilerOptions): string[] {
    const program = ts.createProgram(files, {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      types: ["node"],
      typeRoots: [join(repositoryRoot, "node_modules", "@types")],
      ...options,
    });
    return ts
      .getPreEmitDiagnostics(program)
      .map(
        ({ file, start, messageText }) =>
          `${file?.fileName ?? ""}:${file ? file.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 0} ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      );
  }

  /** What `npm install` leaves in a project. */
  function install(...packages: string[]): void {
    for (const name of packages) {
      const place = join(given.workspace.folder, "node_modules", name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(name === "libretto" ? repositoryRoot : join(repositoryRoot, "node_modules", name), place, "dir");
    }
  }

  it("input and output follow the schemas, in the ways in which TypeScript finds packages", () => {
    const { workspace } = given;
    install("libretto", "zod", "playwright-core");
    workspace.write(
      "flow.ts",
      [
        'import { pause, workflow } from "libretto";',
        'import * as z from "zod";',
        "const input = z.object({ word: z.string(), times: z.number().default(1), at: z.string().transform((text) => new Date(text)).optional() });",
        "const output = z.object({ title: z.string(), count: z.number().default(0) });",
        'export default workflow("typed", { input, output, startUrl: "https://example.com", authProfile: "shop" }, async ({ page, context, browser, session, input: { word, times, at }, log }, again) => {',
        "  const inputs: [string, number, Date | undefined, string, number] = [word, times, at, session, again.times];",
        "  const title: string = await page.title();",
        "  log(inputs, context.pages().length, browser.version());",
        "  log.warn(title);",
        "  await pause(session);",
        "  return { title };",
        "});",
        'export const plain = workflow("plain", {}, ({ log }) => log("nothing is checked"));',
        'const many = z.object({ kind: z.enum(["a", "b"]), pair: z.tuple([z.string(), z.number()]), rows: z.array(z.object({ kind: z.literal("row"), n: z.number() })) });',
        'export const literals = workflow("literals", { output: many }, async ({ page }) => ({ kind: (await page.title()) === "" ? "a" : "b", pair: ["x", 1], rows: [{ kind: "row", n: 1 }] }));',
        'export const alone = workflow("alone", { output: z.union([z.literal("yes"), z.literal("no")]) }, () => (Math.random() > 0.5 ? "yes" : "no"));',
        "// @ts-expect-error -- the result is not what the schema takes",
        'export const wrongResult = workflow("wrong", { output }, async () => ({ title: 4 }));',
        "// @ts-expect-error -- there is no such parameter",
        'export const wrongInput = workflow("wrong", { input }, async ({ input: { nothing } }) => nothing);',
        "// @ts-expect-error -- nothing is known of parameters without a schema",
        'export const noInput = workflow("none", {}, async ({ input }) => input.word);',
        "// @ts-expect-error -- no schema",
        'export const noSchema = workflow("none", { input: {} }, async () => undefined);',
        "",
      ].join("\n"),
    );
    const files = [join(workspace.folder, "flow.ts")];
    assert.deepEqual(
      check(files, { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }),
      [],
    );
    assert.deepEqual(
      check(files, { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }),
      [],
    );
    // What `tsc --init` wrote for years, with `module: commonjs`.
    assert.deepEqual(
      check(files, {
        module: ts.ModuleKind.CommonJS,
        moduleResolution: ts.ModuleResolutionKind.Node10,
        ignoreDeprecations: "6.0",
      }),
      [],
    );
  });

  it("the examples hold", () => {
    const folder = join(repositoryRoot, "examples", "workflows");
    const { options, fileNames } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(folder, "tsconfig.json"), (path) => ts.sys.readFile(path)).config,
      ts.sys,
      folder,
    );
    assert.deepEqual(check(fileNames, options), []);
  });
});
