import assert from "node:assert/strict";
import { join } from "node:path";
import { ESLint } from "eslint";

/** The repository: tests are run from there. */
const root = process.cwd();

/** An import that a law forbids, and the file in which it would stand. */
const violations: [law: string, file: string, code: string][] = [
  ["1: the core imports vscode", "src/sessions/model/names.ts", 'import * as vscode from "vscode"; void vscode;'],
  [
    "1: the core imports a view",
    "src/sessions/model/names.ts",
    'import { x } from "../views/contributions.js"; void x;',
  ],
  [
    "1: the core imports the CLI",
    "src/sessions/operations/list.ts",
    'import { note } from "../../cli/output.js"; void note;',
  ],
  ["1: the CLI imports vscode", "src/cli/output.ts", 'import * as vscode from "vscode"; void vscode;'],
  [
    "1: the host imports the CLI",
    "src/sessions/host/session/claim.ts",
    'import { note } from "../../cli/output.js"; void note;',
  ],
  ["1: the CLI imports mcp", "src/cli/output.ts", 'import { visible } from "../mcp/fence.js"; void visible;'],
  ["1: mcp imports the CLI", "src/mcp/fence.ts", 'import { note } from "../cli/output.js"; void note;'],
  ["1: mcp imports vscode", "src/mcp/fence.ts", 'import * as vscode from "vscode"; void vscode;'],
  ["2: mcp loads Playwright", "src/mcp/fence.ts", 'import { chromium } from "playwright-core"; void chromium;'],
  ["1: the core imports mcp", "src/sessions/operations/list.ts", 'void import("../../mcp/fence.js");'],
  ["1: the extension imports the CLI", "src/extension.ts", 'import { note } from "./cli/output.js"; void note;'],
  [
    "2: the core loads Playwright",
    "src/sessions/store/records.ts",
    'import { chromium } from "playwright-core"; void chromium;',
  ],
  ["2: the CLI loads Playwright", "src/cli/output.ts", 'import { chromium } from "playwright-core"; void chromium;'],
  [
    "2: the core loads the host",
    "src/sessions/store/records.ts",
    'import { Targets } from "./host/targets.js"; void Targets;',
  ],
  [
    "2: the CLI loads the host",
    "src/cli/output.ts",
    'import { Targets } from "../sessions/host/targets.js"; void Targets;',
  ],
  ["2: a view loads Playwright", "src/views/model.ts", 'import { chromium } from "playwright-core"; void chromium;'],
  [
    "2: a view loads the host",
    "src/views/model.ts",
    'import { Targets } from "../sessions/host/targets.js"; void Targets;',
  ],
  [
    "6: the core opens a websocket",
    "src/sessions/operations/pages.ts",
    'import WebSocket from "ws"; new WebSocket("ws://127.0.0.1:1");',
  ],
  [
    "6: the starter of browsers asks a port",
    "src/sessions/browser/browserProcess.ts",
    'import { get } from "node:http"; get("http://127.0.0.1:1/json");',
  ],
  ["6: a verb asks a port", "src/sessions/operations/activatePage.ts", 'void fetch("http://127.0.0.1:1/json");'],
  [
    "6: the host asks a port outside the wire",
    "src/sessions/host/requests/firstPage.ts",
    'import { request } from "node:http"; request("http://127.0.0.1:1/json");',
  ],
  [
    "6: the host opens a socket outside the wire",
    "src/sessions/host/session/borrow.ts",
    'import { connect } from "node:net"; connect(1);',
  ],
  ["6: a view opens a websocket", "src/views/model.ts", 'new WebSocket("ws://127.0.0.1:1");'],
  ["6: a view opens a websocket late", "src/views/model.ts", 'void import("ws");'],
  ["1: the core imports a view late", "src/sessions/model/names.ts", 'void import("../views/contributions.js");'],
  ["1: the CLI imports vscode late", "src/cli/output.ts", 'void import("vscode");'],
  ["1: a view imports the CLI late", "src/views/model.ts", 'void import("../cli/output.js");'],
  ["2: the core loads Playwright late", "src/sessions/store/records.ts", 'void import("playwright-core");'],
  [
    "2: the core loads a part of Playwright late",
    "src/sessions/store/records.ts",
    'void import("playwright-core/lib/server");',
  ],
  ["2: a verb loads the host late", "src/sessions/operations/list.ts", 'void import("../host/targets.js");'],
  ["2: the core loads the host late", "src/sessions/store/records.ts", 'void import("./host/targets.js");'],
  ["2: a command loads the host late", "src/cli/commands/list.ts", 'void import("../../sessions/host/targets.js");'],
  ["the core writes to the console", "src/sessions/store/records.ts", 'console.log("x");'],
  ["the core ends its process", "src/sessions/store/records.ts", "process.exit(0);"],
];

describe("The laws of the architecture are lint rules", () => {
  const eslint = new ESLint({ cwd: root });

  for (const [law, file, code] of violations) {
    it(`law ${law}: refused`, async function () {
      this.timeout(60_000);
      const [result] = await eslint.lintText(`${code}\n`, { filePath: join(root, file) });
      const rules = result?.messages.map((message) => message.ruleId) ?? [];
      assert.ok(
        rules.some((rule) =>
          [
            "@typescript-eslint/no-restricted-imports",
            "no-restricted-syntax",
            "no-restricted-globals",
            "no-console",
            "no-restricted-properties",
          ].includes(rule ?? ""),
        ),
        `${file}: ${code} passed, with ${JSON.stringify(rules)}`,
      );
    });
  }

  it("law 2: types of Playwright and of the host may be named anywhere", async function () {
    this.timeout(60_000);
    const [result] = await eslint.lintText('import type { Page } from "playwright-core";\nexport type P = Page;\n', {
      filePath: join(root, "src/sessions/store/records.ts"),
    });
    assert.deepEqual(result?.messages, []);
  });
});
