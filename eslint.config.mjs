// The import laws of docs/architecture.md, each as a rule that fails, and the type-aware rules that
// catch what review misses (floating promises above all).
import js from "@eslint/js";
import tseslint from "typescript-eslint";
import { roomsPlugin } from "./scripts/rooms.mjs";

/** Rules that forbid the given import patterns, each with the reason a reader needs: as statements, and as `import()`, which the first rule does not see. */
const forbid = (...patterns) => ({
  "@typescript-eslint/no-restricted-imports": [
    "error",
    { patterns: patterns.map(([group, message, extra]) => ({ group, message, ...extra })) },
  ],
  "no-restricted-syntax": [
    "error",
    ...patterns.flatMap(([group, message]) =>
      group.map((pattern) => ({ selector: `ImportExpression[source.value=/^${asExpression(pattern)}$/]`, message })),
    ),
  ],
});

/** A pattern of paths as a regular expression; a selector's may hold no plain slash. What lies below a match belongs to it. */
const asExpression = (pattern) =>
  pattern.replaceAll(
    /\*\*\/|\*+|[/.]/g,
    (part) => ({ "**/": "(.*\\u002F)?", "/": "\\u002F", ".": "\\." })[part] ?? ".*",
  );

const noPlaywright = [
  ["playwright", "playwright-core", "playwright/*", "playwright-core/*"],
  "Law 2: only sessions/host loads Playwright.",
  { allowTypeImports: true },
];
const noVscode = [["vscode"], "Law 1: the core and the CLI know nothing of VS Code."];
const noViews = [["**/views/**", "**/extension", "**/extension.js"], "Law 1: only the extension imports views."];
const noCli = [["**/cli/**"], "Law 1: nothing imports the CLI."];
const noMcp = [["**/mcp/**"], "Law 1: only the command that starts it imports mcp."];
const noHost = [
  ["**/sessions/host/**", "**/host/*", "../host/**", "./host/**"],
  "Law 2: the host is a process of its own; talk to it over the socket.",
  { allowTypeImports: true },
];

const law6 = "Law 6: the host alone speaks to the browser, through sessions/host/wire.";
/** What opens a connection; other names of these modules are harmless. */
const noNetwork = [
  [["ws"], law6],
  [["node:http", "node:https"], law6, { importNames: ["request", "get", "Agent", "ClientRequest"] }],
  [["node:net"], law6, { importNames: ["Socket", "connect", "createConnection"] }],
];
const noNetworkGlobals = {
  "no-restricted-globals": ["error", ...["fetch", "WebSocket", "EventSource"].map((name) => ({ name, message: law6 }))],
};

export default tseslint.config(
  { ignores: ["dist/**", "out/**", "node_modules/**", ".vscode-test/**", "test-results/**", "examples/**/dist/**"] },
  js.configs.recommended,
  // The formatter decides about lines; characters of control are what some expressions are about.
  { rules: { "no-unexpected-multiline": "off", "no-control-regex": "off" } },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "none" },
      ],
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    files: ["src/sessions/**/*.ts"],
    ignores: ["src/sessions/host/**"],
    rules: forbid(noVscode, noViews, noCli, noMcp, noPlaywright, noHost, ...noNetwork),
  },
  // They speak to a Selenium Grid by HTTP, and to hosts by their sockets.
  {
    files: ["src/sessions/browser/gridHttp.ts", "src/sessions/ipc/client.ts"],
    rules: forbid(noVscode, noViews, noCli, noMcp, noPlaywright, noHost),
  },
  {
    files: ["src/sessions/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-properties": [
        "error",
        { object: "process", property: "exit", message: "The core never ends its process; return or throw." },
      ],
    },
  },
  {
    files: ["src/sessions/**/*.ts"],
    plugins: { rooms: roomsPlugin },
    rules: { "rooms/imports": "error" },
  },
  { files: ["src/sessions/host/**/*.ts"], rules: forbid(noVscode, noViews, noCli, noMcp, ...noNetwork) },
  // The wire; `get` of readonly-exec, which refuses the browser's port; what leads to a workflow's own inspector.
  {
    files: [
      "src/sessions/host/wire/*.ts",
      "src/sessions/host/reads/get.ts",
      "src/sessions/host/workflow/debuggerPort.ts",
    ],
    rules: forbid(noVscode, noViews, noCli, noMcp),
  },
  {
    files: ["src/**/*.ts"],
    // What runs in a page, or in the interpreter, has a browser's globals or none.
    ignores: [
      "src/sessions/host/recorder/page/**",
      "src/sessions/host/reads/page/**",
      "src/sessions/host/workflow/page/**",
      "src/views/webviews/**",
    ],
    rules: noNetworkGlobals,
  },
  // The programs of the host's processes: their entry points decide when the process ends.
  {
    files: ["src/sessions/host/session/main.ts", "src/sessions/host/**/worker.ts", "src/sessions/host/**/child.ts"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["src/cli/**/*.ts"],
    ignores: ["src/cli/commands/mcp.ts"],
    rules: forbid(noVscode, noViews, noMcp, noPlaywright, noHost, ...noNetwork),
  },
  { files: ["src/cli/commands/mcp.ts"], rules: forbid(noVscode, noViews, noPlaywright, noHost, ...noNetwork) },
  { files: ["src/mcp/**/*.ts"], rules: forbid(noVscode, noViews, noCli, noPlaywright, noHost, ...noNetwork) },
  { files: ["src/views/**/*.ts", "src/extension.ts"], rules: forbid(noCli, noMcp, noPlaywright, noHost, ...noNetwork) },
  // A workflow is the default export of its file.
  { files: ["examples/**/*.ts"], rules: { "no-restricted-exports": "off" } },
  {
    files: ["**/*.mjs"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        URL: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
        Buffer: "readonly",
        fetch: "readonly",
        URLSearchParams: "readonly",
        performance: "readonly",
      },
    },
  },
  { files: ["test/**/*.ts", "bench/**/*.ts"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
);
