// Bundles every program of the project into dist/. Each entry is one process or one realm of its own,
// so that a thin one (the CLI) never pays for what a heavy one (the host, the extension) needs.
import { build, context } from "esbuild";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { interpreterScripts } from "./scripts/interpreterScripts.mjs";
import { pageScript } from "./scripts/pageScript.mjs";
import { writeRealmImage } from "./scripts/realmImage.mjs";
import { buildThinProgram } from "./scripts/thinProgram.mjs";
import { withAnyMemory } from "./scripts/wasmMemory.mjs";

const watch = process.argv.includes("--watch");
const { version } = JSON.parse(await readFile(new URL("./package.json", import.meta.url), "utf8"));

/** Options that every Node bundle shares. Playwright is shipped beside the bundle: its own look-up of
 *  files breaks when it is bundled. */
const node = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  sourcemap: "external",
  legalComments: "none",
  external: ["playwright-core", "vscode", "bufferutil", "utf-8-validate"],
  define: { LIBRETTO_VERSION: JSON.stringify(version) },
  // Packages that publish both forms are taken as ES modules, which esbuild can shake.
  mainFields: ["module", "main"],
  logLevel: "warning",
  plugins: [pageScript()],
};

const interpreter = {
  plugins: [...node.plugins, interpreterScripts],
  // QuickJS's loader is an ES module that asks where it is.
  banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { ...node.define, "import.meta.url": "bundleUrl" },
};

/** One bundle a process. `cli` is also the `bin` of the npm package. */
const entries = [
  { entryPoints: { "workflow-worker": "src/sessions/host/workflow/worker.ts" } },
  { entryPoints: { index: "src/index.ts" } },
  // For workflows where it is not installed: the extension is shipped without a package of it.
  { entryPoints: { zod: "zod" }, sourcemap: false, minifyIdentifiers: true },
  { ...interpreter, entryPoints: { "readonly-child": "src/sessions/host/sandbox/child.ts" } },
];

/** Pages of the webviews: for a browser, with the style sheets that they import. */
const webviews = {
  bundle: true,
  platform: "browser",
  target: "es2022",
  format: "iife",
  minify: true,
  legalComments: "none",
  sourcemap: watch ? "inline" : false,
  outdir: "dist/webviews",
  entryPoints: {
    logPane: "src/views/webviews/logPane/main.ts",
    liveView: "src/views/webviews/liveView/main.ts",
    overview: "src/views/webviews/overview/main.ts",
  },
  logLevel: "warning",
};

const mcpTools = (await readdir("src/mcp/tools")).map((name) => `src/mcp/tools/${name}`);
const commands = (...names) => names.map((name) => `src/cli/commands/${name}.ts`);
/** What the window's commands, all of them, import dynamically. */
const viewCommands = (await readdir("src/views/commands"))
  .filter((name) => !["command.ts", "registerCommands.ts"].includes(name))
  .map((name) => `src/views/commands/${name}`);
const otherCommands = commands("completion", "gc", "profiles", "save", "setup", "skills", "status");
/** @type {Omit<import("./scripts/thinProgram.mjs").ThinProgram, "define">[]} */
const thinPrograms = [
  {
    name: "cli",
    entryPoint: "src/cli/main.ts",
    start: "src/cli/start.ts",
    files: {
      // What a script calls in a loop.
      "cli-main": [
        ...commands("list", "pages", "sessionMode", "readonlyExec", "exec"),
        // act asks it alone of what open brings, and open brings Node's child processes.
        "src/sessions/model/address.ts",
      ],
      "cli-close": commands("close"),
      "cli-open": [
        ...commands("open", "connect"),
        "src/sessions/ipc/hostLauncher.ts",
        "src/sessions/store/settings.ts",
      ],
      "cli-agent": commands("snapshot", "act", "requestAccess"),
      "cli-logs": commands("logs"),
      "cli-export": commands("export"),
      "cli-run": commands("run", "resume", "stop"),
      "cli-batch": commands("batch", "shell"),
      "cli-rest": otherCommands,
      // What a client waits for, and what it may call first.
      "cli-mcp": [...commands("mcp"), "src/mcp/serve.ts"],
      "cli-mcp-tools": [
        "src/mcp/answers.ts",
        "src/mcp/resources.ts",
        ...mcpTools.filter((path) => !path.endsWith("/code.ts")),
      ],
    },
    // Thirty milliseconds, most of it the protocol's library.
    apart: ["cli-mcp.js", "cli-mcp-tools.js"],
  },
  // The browser is started by what is in the program's own file; the rest is loaded while it starts.
  {
    name: "host",
    entryPoint: "src/sessions/host/session/main.ts",
    start: "src/sessions/host/session/start.ts",
    files: { "host-session": ["src/sessions/host/session/session.ts"] },
  },
  {
    name: "exec-worker",
    entryPoint: "src/sessions/host/exec/worker.ts",
    start: "src/sessions/host/exec/start.ts",
    files: {},
  },
  // The window waits for what is in the extension's own file. The maps are named in the files, so that a debugger
  // stops at the sources' lines (F5); they are not shipped.
  {
    name: "extension",
    entryPoint: "src/extension.ts",
    files: { "extension-commands": viewCommands },
    sourcemap: true,
  },
];

await mkdir("dist", { recursive: true });
const quickJs = await readFile("node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm");
await writeFile("dist/quickjs.wasm", withAnyMemory(quickJs));
// Node looks for the nearest package.json to know what a file is; the project's own takes it a millisecond to read.
await writeFile("dist/package.json", '{"type":"commonjs"}\n');
await writeFile("dist/index.d.ts", await declarations("src/index.ts"));
await writeRealmImage({ ...node, ...interpreter });
const options = [webviews, ...entries.map((entry) => ({ ...node, outdir: "dist", ...entry }))];
const thin = thinPrograms.map((program) => buildThinProgram({ ...program, define: node.define }, watch));
if (watch) {
  for (const option of options) await (await context(option)).watch();
} else {
  await Promise.all([...thin, ...options.map((option) => build(option))]);
}

/** The types of a module that says them all itself, for those who import the library. */
async function declarations(file) {
  const { default: ts } = await import("typescript");
  return ts.transpileDeclaration(await readFile(file, "utf8"), {
    fileName: file,
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  }).outputText;
}
