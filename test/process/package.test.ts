import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";

/** How TypeScript's users look packages up. */
const resolutions = [
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["preserve", "bundler"],
  ["commonjs", "node10"],
] as const;

describe("the npm package, unpacked in a project of somebody else", () => {
  const given = useFixtures("pack");
  let project: string;
  let program: string;
  const installed = (name: string): string => join(repositoryRoot, "node_modules", name);
  const node = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, args, { cwd: project, env: given.workspace.env })).stdout;

  before(() => {
    project = join(given.workspace.scratch, "project");
    const modules = join(project, "node_modules");
    mkdirSync(modules, { recursive: true });
    const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--pack-destination", modules], {
      cwd: repositoryRoot,
      encoding: "utf8",
      shell: process.platform === "win32",
    });
    assert.equal(packed.status, 0, packed.stderr);
    execFileSync("tar", ["-xf", readdirSync(modules)[0] ?? ""], { cwd: modules });
    renameSync(join(modules, "package"), join(modules, "libretto"));
    // What npm would install beside it.
    for (const name of ["playwright-core", "zod"]) symlinkSync(installed(name), join(modules, name), "junction");
    program = join(modules, "libretto", "dist", "cli.js");
  });

  it("S21: its program works: a session is opened, read, driven and closed", async () => {
    const { site } = given;
    await node(program, "open", site.url(), "--headless", "--session", "packed");
    assert.equal(await node(program, "readonly-exec", "--session", "packed", "page.title()"), "The Shelf\n");
    assert.equal(await node(program, "exec", "--session", "packed", "page.title()"), "The Shelf\n");
    assert.match(await node(program, "snapshot", "--session", "packed"), /heading "The Shelf"/);
    await node(program, "close", "--session", "packed");
  });

  it("S18: its library is there for CommonJS and for ES modules", async () => {
    assert.equal(await node("-p", 'Object.keys(require("libretto")).sort().join()'), "pause,workflow\n");
    writeFileSync(
      join(project, "use.mjs"),
      'import { pause, workflow } from "libretto"; console.log(typeof pause, typeof workflow);',
    );
    assert.equal(await node("use.mjs"), "function function\n");
  });

  it("S18: its types are found, whichever way a project looks packages up", () => {
    writeFileSync(
      join(project, "use.ts"),
      'import { workflow } from "libretto";\nimport * as z from "zod";\nexport const made = workflow("w", { input: z.object({ n: z.number() }) }, async ({ page, input }) => { await page.click(input.n.toFixed()); });\n// @ts-expect-error the parameters have their types\nexport const wrong = workflow("w", { input: z.object({ n: z.number() }) }, ({ input }) => input.n.toUpperCase());\n',
    );
    for (const [module, moduleResolution] of resolutions) {
      writeFileSync(
        join(project, "tsconfig.json"),
        JSON.stringify({
          compilerOptions: {
            module,
            moduleResolution,
            target: "es2022",
            strict: true,
            noEmit: true,
            skipLibCheck: true,
            types: [],
            ignoreDeprecations: "6.0",
          },
          files: ["use.ts"],
        }),
      );
      const { stdout, status } = spawnSync(process.execPath, [join(installed("typescript"), "bin", "tsc"), "-p", "."], {
        cwd: project,
        encoding: "utf8",
      });
      assert.deepEqual([stdout, status], ["", 0], moduleResolution);
    }
  });

  it("F5: the extension's files name their maps, which lead to the places in the sources", () => {
    const texts = [
      ["extension.js", "Restricted mode: sessions and their logs"],
      ["extension.js", '"event":"(page\\.(opened|closed|crashed|recovered)'],
      ["extension-commands.js", "A browser is installed already."],
    ] as const;
    for (const [file, text] of texts) {
      const code = readFileSync(join(repositoryRoot, "dist", file), "utf8");
      const map = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(code)?.[1] ?? "none";
      // A map knows where a literal begins, whose quotes may be others.
      const before = code.slice(0, code.indexOf(text) - 1).split("\n");
      const entry = new SourceMap(
        JSON.parse(readFileSync(join(repositoryRoot, "dist", map), "utf8")) as SourceMapPayload,
      ).findEntry(before.length - 1, before.at(-1)?.length ?? 0);
      assert.ok("originalSource" in entry, file);
      const lines = readFileSync(join(repositoryRoot, "dist", entry.originalSource), "utf8").split("\n");
      assert.ok(
        lines[entry.originalLine]?.slice(entry.originalColumn + 1).startsWith(text),
        `${file}: ${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`,
      );
    }
  });

  it("it holds no source maps and nothing of the working copy", () => {
    const shipped = readdirSync(join(project, "node_modules", "libretto"), { recursive: true }).map(String);
    assert.deepEqual(
      shipped.filter((path) => /\.map$|\.sources$|^src|^test|\.ts$/.test(path) && path !== join("dist", "index.d.ts")),
      [],
    );
  });
});
