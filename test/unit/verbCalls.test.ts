import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { build as bundle, stop, type Plugin } from "esbuild";
import { parseArgsStringToArgv as splitWords } from "string-argv";
import type { Command, OptionValues } from "../../src/cli/command.js";

const operations = path.resolve("src/sessions/operations");
const cliCommands = path.resolve("src/cli/commands");
const verbs = readdirSync(operations)
  .filter((name) => readdirSync(cliCommands).includes(name))
  .map((name) => path.basename(name, ".ts"));

/** What the core's functions throw here: which one was called. */
interface Called {
  verb: string;
  name: string;
}

/** Puts in the place of each verb's functions one that says that it was called; its types and classes stay. */
const spies: Plugin = {
  name: "spies",
  setup(build) {
    build.onResolve({ filter: /\/operations\/\w+\.js$/ }, ({ path: wanted, namespace }) => {
      const verb = path.basename(wanted, ".js");
      if (namespace === "spy" || !verbs.includes(verb)) return undefined;
      return { path: path.join(operations, `${verb}.ts`), namespace: "spy" };
    });
    build.onLoad({ filter: /.*/, namespace: "spy" }, ({ path: file }) => {
      const text = readFileSync(file, "utf8");
      const names = [...text.matchAll(/^export (?:async )?(function|const|class) (\w+)/gm)];
      const lines = names.map(([, kind, name]) =>
        kind === "function"
          ? `export function ${name}() { throw ${JSON.stringify({ verb: path.basename(file, ".ts"), name })}; }`
          : `export { ${name} } from ${JSON.stringify(file)};`,
      );
      return { contents: lines.join("\n"), loader: "ts", resolveDir: operations };
    });
  },
};

describe("law 5: what a command of the CLI does, the core's verb of its name does", () => {
  let folder: string;
  let cli: {
    commands: Record<string, () => Promise<Command>>;
    parseCommand(
      name: string,
      command: Command,
      args: string[],
    ): Promise<{ values: OptionValues; positionals: string[] }>;
  };
  before(async function () {
    this.timeout(60_000);
    folder = mkdtempSync(path.join(tmpdir(), "libretto-verbs-"));
    // Files that the examples name.
    for (const name of ["checkout.ts", "steps.json"]) writeFileSync(path.join(folder, name), "[]");
    await bundle({
      stdin: {
        contents: 'export { commands } from "./commands.js"; export { parseCommand } from "./parseCommand.js";',
        resolveDir: path.resolve("src/cli"),
      },
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile: path.join(folder, "cli.js"),
      packages: "external",
      define: { LIBRETTO_VERSION: '"0"' },
      plugins: [spies],
    });
    symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"), "junction");
    cli = createRequire(path.join(folder, "here.js"))("./cli.js") as typeof cli;
  });
  after(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const verb of verbs) {
    const word = verb.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    it(`libretto ${word}, called as its help shows it, calls ${verb} of the core`, async () => {
      const command = await cli.commands[word]?.();
      assert.ok(command);
      const example = command.examples.find((line) => line.startsWith("libretto ")) ?? "";
      const { values, positionals } = await cli.parseCommand(word, command, splitWords(example).slice(2));
      const thrown: unknown = await Promise.resolve()
        .then(() =>
          command.run({
            context: { workspace: { root: folder }, env: {}, client: "cli" } as never,
            values,
            positionals: positionals.map((one) => one.replace(/^\.\//, `${folder}/`)),
            json: false,
            interruption: { signal: new AbortController().signal, use: () => undefined } as never,
          }),
        )
        .catch((error: unknown) => error);
      assert.equal((thrown as Called | undefined)?.verb, verb, inspect(thrown));
    });
  }
});
