import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { descendantsOf, waitUntilGone, type ProcessEntry } from "../support/processTable.js";
import { Site } from "../support/site.js";
import { presentSession } from "../../src/views/tree/presentation.js";
import {
  api,
  cli,
  closeEverything,
  known,
  nodeOf,
  sessionFolder,
  stateOf,
  when,
  witness,
  workspaceFolder,
} from "../support/vscode/inHost.js";

/** Writes a workflow whose handler's body begins on line 5. */
function write(name: string, body: string, input = "z.object({})"): vscode.Uri {
  const file = path.join(workspaceFolder(), name);
  writeFileSync(
    file,
    `import { pause, workflow } from "libretto";\nimport * as z from "zod";\n\nexport default workflow("${name}", { input: ${input} }, async ({ page, session, input, log }) => {\n${body}\n});\n`,
  );
  return vscode.Uri.file(file);
}

/** Shows the file and gives its lenses over `workflow(`. */
async function lensesOf(uri: vscode.Uri): Promise<vscode.Command[]> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), {
    viewColumn: vscode.ViewColumn.One,
  });
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 100);
  assert.ok(lenses.every(({ range }) => range.start.line === 3));
  return lenses.flatMap(({ command }) => command ?? []);
}

async function click(lenses: vscode.Command[], title: RegExp): Promise<void> {
  const lens = lenses.find((one) => title.test(one.title));
  assert.ok(lens, `${title} among ${lenses.map((one) => one.title).join(" | ")}`);
  await vscode.commands.executeCommand(lens.command, ...((lens.arguments ?? []) as unknown[]));
}

const problemsOf = (uri: vscode.Uri): vscode.Diagnostic[] =>
  vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "libretto");
const untilProblem = (uri: vscode.Uri): Promise<vscode.Diagnostic> =>
  when(vscode.languages.onDidChangeDiagnostics, () => problemsOf(uri)[0], `${uri.fsPath} has a problem`);
const untilNoProblem = (uri: vscode.Uri): Promise<boolean> =>
  when(vscode.languages.onDidChangeDiagnostics, () => problemsOf(uri).length === 0, `${uri.fsPath} has no problem`);

/** Where the editor's debugger stops, as its adapter tells. */
class Stops implements vscode.Disposable {
  readonly #stopped: { session: vscode.DebugSession; threadId: number }[] = [];
  readonly #change = new vscode.EventEmitter<void>();
  #last: { session: vscode.DebugSession; threadId: number } | undefined;
  readonly #registered = vscode.debug.registerDebugAdapterTrackerFactory("*", {
    createDebugAdapterTracker: (session) => ({
      onDidSendMessage: ({ type, event, body }: { type: string; event: string; body: { threadId: number } }) => {
        if (type !== "event" || event !== "stopped") return;
        this.#stopped.push({ session, threadId: body.threadId });
        this.#change.fire();
      },
    }),
  });

  async next(): Promise<{ file: string; line: number; variables: Record<string, string> }> {
    const { session, threadId } = (this.#last = await when(
      this.#change.event,
      () => this.#stopped.shift(),
      "the debugger stops",
      // The window's debugger starts with its first use.
      90_000,
    ));
    const ask = <T>(command: string, args: object): Promise<T> => Promise.resolve(session.customRequest(command, args));
    const { stackFrames } = await ask<{ stackFrames: { id: number; line: number; source: { path: string } }[] }>(
      "stackTrace",
      { threadId },
    );
    const [frame] = stackFrames;
    assert.ok(frame);
    const { scopes } = await ask<{ scopes: { variablesReference: number; expensive: boolean }[] }>("scopes", {
      frameId: frame.id,
    });
    const found = await Promise.all(
      scopes
        .filter(({ expensive }) => !expensive)
        .map(({ variablesReference }) =>
          ask<{ variables: { name: string; value: string }[] }>("variables", { variablesReference }),
        ),
    );
    return {
      // A window in a browser names the files of its server by their addresses.
      file: frame.source.path.includes("://") ? vscode.Uri.parse(frame.source.path).fsPath : frame.source.path,
      line: frame.line,
      variables: Object.fromEntries(
        found.flatMap(({ variables }) => variables.map(({ name, value }) => [name, value])),
      ),
    };
  }

  async request(command: "continue" | "next"): Promise<void> {
    await this.#last?.session.customRequest(command, { threadId: this.#last.threadId });
  }

  dispose(): void {
    this.#registered.dispose();
    this.#change.dispose();
  }
}

describe("S18: workflows in a real VS Code", () => {
  let site: Site;
  before(async () => void (site = await Site.start()));
  after(() => site.close());
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await closeEverything();
  });

  it("Run over `workflow(` runs it: the result stands beside, the page was worked on, the session is closed", async () => {
    const uri = write(
      "good.ts",
      `await page.goto(${JSON.stringify(site.url("/form"))}); await page.getByLabel("Name").fill("Ada"); await page.getByRole("button", { name: "Send" }).click(); return { title: await page.title() };`,
    );
    site.forget();
    await click(await lensesOf(uri), /^\$\(play\).Run$/);
    const result = vscode.window.visibleTextEditors.find(
      ({ document }) => document.uri.scheme === "libretto-result",
    )?.document;
    assert.deepEqual(Object.keys(JSON.parse(result?.getText() ?? "{}") as object), ["title"]);
    assert.ok(
      site.requests.some(({ method }) => method === "POST"),
      "the site was sent the form",
    );
    const { model } = await api();
    assert.deepEqual(model.live(), []);
  });

  it("a file that imports nothing from libretto has no such lens", async () => {
    const uri = vscode.Uri.file(path.join(workspaceFolder(), "other.ts"));
    writeFileSync(
      uri.fsPath,
      '// import { workflow } from "libretto"\n\n\nexport const x = workflow(1);\ndeclare function workflow(n: number): number;\n',
    );
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    assert.deepEqual(await vscode.commands.executeCommand("vscode.executeCodeLensProvider", uri, 100), []);
  });

  it("a failing run is a problem at its line and leaves its session; an edit clears it; mended, it runs again there with its parameters", async () => {
    const body = `await page.goto(input.url);\nlog("title", await page.title());\nthrow new RangeError("not on this shelf");`;
    const uri = write("bad.ts", body, "z.object({ url: z.string() })");
    await vscode.commands.executeCommand("libretto.run", {
      file: uri.fsPath,
      session: "bad",
      params: { url: site.url("/") },
    });
    const problem = await untilProblem(uri);
    assert.equal(problem.range.start.line, 6);
    assert.match(problem.message, /^RangeError: not on this shelf/);
    assert.equal(stateOf("bad").status, "failed");
    using browser = await witness("bad");
    assert.equal(await browser.evaluate("document.title"), "The Shelf");

    const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    await editor.edit((change) => change.replace(editor.document.lineAt(6).range, "return await page.title();"));
    await untilNoProblem(uri);
    assert.ok(editor.document.isDirty);
    await known("bad", ({ record }) => record.state?.status === "failed");
    await click(await lensesOf(uri), /Run again in bad/);
    const { status, reason } = stateOf("bad");
    assert.deepEqual(
      { status, reason, isDirty: editor.document.isDirty },
      { status: "completed", reason: undefined, isDirty: false },
    );
    const texts = vscode.window.visibleTextEditors.map(({ document }) => document.getText());
    assert.ok(texts.includes("The Shelf"), texts.join("\n---\n"));
  });

  it("V9: Debug over `workflow(` stops at a breakpoint in an imported file with its variables; reads answer meanwhile, a step goes on, and what fails is a problem at its line", async function () {
    this.timeout(180_000);
    writeFileSync(
      path.join(workspaceFolder(), "shelf.ts"),
      `import type { Page } from "playwright";\n\nexport async function look(page: Page, what: string = "none"): Promise<string> {\n  const title: string = await page.title();\n  const found = title + what;\n  return found;\n}\n`,
    );
    const uri = write(
      "bugged.ts",
      `const { look } = await import("./shelf");\nawait page.goto(${JSON.stringify(site.url("/"))});\nconst found: string = await look(page, "!");\nif (found) await pause(session);\nthrow new RangeError(found);`,
    );
    const { file, line } = { file: vscode.Uri.file(path.join(workspaceFolder(), "shelf.ts")), line: 4 };
    const breakpoint = new vscode.SourceBreakpoint(new vscode.Location(file, new vscode.Position(line, 0)));
    vscode.debug.addBreakpoints([breakpoint]);
    const stops = new Stops();
    try {
      const lens = (await lensesOf(uri)).find(({ title }) => /^\$\(debug-alt\).Debug$/.test(title));
      assert.ok(lens);
      assert.equal(lens.command, "libretto.debug");
      const run = vscode.commands.executeCommand(lens.command, { file: uri.fsPath, session: "bug" });
      const first = await stops.next();
      assert.deepEqual([first.file, first.line], [file.fsPath, line + 1]);
      const { variables } = first;
      assert.equal(variables["title"], "'The Shelf'");
      const ref = await known("bug", ({ record }) => record.state?.workflow?.heldAt === "shelf.ts:5");
      assert.match(presentSession(ref.record, vscode.l10n.t).description, /at a breakpoint, shelf\.ts:5/);
      assert.equal((await cli("readonly-exec", "--session", "bug", "await page.title()")).stdout, "The Shelf\n");

      await stops.request("next");
      const second = await stops.next();
      assert.deepEqual([second.line, second.variables["found"]], [6, "'The Shelf!'"]);
      await stops.request("continue");
      const third = await stops.next();
      assert.deepEqual([third.file, third.line, third.variables["found"]], [uri.fsPath, 8, "'The Shelf!'"]);
      await stops.request("continue");
      await run;
      assert.equal((await untilProblem(uri)).range.start.line, 8);
      assert.equal(stateOf("bug").status, "failed");
    } finally {
      stops.dispose();
      vscode.debug.removeBreakpoints([breakpoint]);
      await vscode.debug.stopDebugging();
    }
  });

  it("a run that fails in the terminal is a problem too, until a run of the file goes well", async () => {
    const uri = write(
      "typed.ts",
      `await page.goto(${JSON.stringify(site.url("/"))});\nif (process.env.WELL !== "yes") await page.getByRole("button", { name: "Ordre" }).click({ timeout: 300 });`,
    );
    assert.equal((await cli("run", "typed.ts", "--headless", "--session", "typed")).status, 1);
    const problem = await untilProblem(uri);
    assert.equal(problem.range.start.line, 5);
    assert.match(problem.message, /nothing on the page matches; nearest: button "Order"/);
    write("typed.ts", `await page.goto(${JSON.stringify(site.url("/"))});`);
    await vscode.commands.executeCommand("libretto.run", { file: uri.fsPath });
    await untilNoProblem(uri);
  });

  it("the problem of a file that was mended since does not come back with what else changes in its session", async () => {
    const uri = write("mended.ts", "throw new Error('once');");
    assert.equal((await cli("run", "mended.ts", "--headless", "--session", "mended")).status, 1);
    await untilProblem(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    write("mended.ts", "// It is right now.\nawait page.title();");
    await when(
      vscode.workspace.onDidChangeTextDocument,
      () => document.getText().includes("right now"),
      "the editor has read it again",
    );
    await untilNoProblem(uri);
    const { hostPid } = stateOf("mended");
    process.kill(hostPid, "SIGKILL");
    await cli("pages", "--session", "mended");
    await known("mended", ({ record }) => record.state?.hostPid !== hostPid && record.liveness === "live");
    // A problem is shown once its document is there.
    for (let n = 0; n < 5; n++) await vscode.workspace.openTextDocument(uri);
    assert.deepEqual(problemsOf(uri), []);
  });

  it("the problem of a run goes as soon as the file runs again, also in the terminal", async () => {
    const uri = write(
      "retried.ts",
      `if (!input.well) throw new Error("not yet");\nawait pause(session);`,
      "z.object({ well: z.boolean().default(false) })",
    );
    assert.equal((await cli("run", "retried.ts", "--headless", "--session", "failed")).status, 1);
    await untilProblem(uri);
    const params = JSON.stringify({ well: true });
    assert.equal((await cli("run", "retried.ts", "--headless", "--session", "waits", "--params", params)).status, 0);
    await known("waits", ({ record }) => record.state?.status === "paused");
    await untilNoProblem(uri);
    assert.equal(stateOf("failed").status, "failed");
  });

  it("a file that cannot be loaded is a problem at its line, and opens nothing", async () => {
    const uri = write("torn.ts", "const a = = 1;");
    await vscode.commands.executeCommand("libretto.run", { file: uri.fsPath, session: "torn" });
    const problem = await untilProblem(uri);
    assert.equal(problem.range.start.line, 4);
    assert.equal(problem.code, "CodeFailed");
    assert.ok(!existsSync(sessionFolder("torn")));
  });

  it("the workflow of a session that has ended runs again in a new one of its name", async () => {
    write("twice.ts", `await page.goto(${JSON.stringify(site.url("/"))});\nthrow new Error("once more");`);
    await cli("run", "twice.ts", "--headless", "--read-only", "--session", "twice");
    const before = stateOf("twice").browserPid ?? 0;
    process.kill(before, "SIGKILL");
    await known("twice", ({ record }) => record.liveness === "ended");
    const { tree } = await api();
    assert.equal(tree.getTreeItem(await nodeOf("twice")).contextValue, "session;ended;record;workflow;over");
    await vscode.commands.executeCommand("libretto.runAgain", await nodeOf("twice"));
    const { browserPid, mode, status } = stateOf("twice");
    assert.notEqual(browserPid, before);
    assert.deepEqual([mode, status], ["read-only", "failed"]);
    using browser = await witness("twice");
    assert.equal(await browser.evaluate("document.title"), "The Shelf");
  });

  it("a step stops before the next call, and Stop ends a paused workflow and keeps its session, as the tree says; the terminal that ran it hears", async () => {
    const uri = write(
      "long.ts",
      `await page.goto(${JSON.stringify(site.url("/"))});\nawait pause(session);\nawait page.title();`,
    );
    const typed = cli("run", "long.ts", "--headless", "--read-only", "--session", "long", "--wait-paused");
    await known("long", ({ record }) => record.state?.status === "paused");
    const { tree } = await api();
    const item = tree.getTreeItem(await nodeOf("long"));
    assert.match(String(item.description), /^read-only · paused · /);
    assert.match(item.accessibilityInformation?.label ?? "", /^Session long, read-only, paused/);
    assert.match((await lensesOf(uri)).map(({ title }) => title).join(), /Resume long.*Stop long/);
    // It watches the workflow to its end.
    const stepped = vscode.commands.executeCommand("libretto.step", await nodeOf("long"));
    await known("long", ({ record }) => record.state?.reason?.endsWith(", before page.title") === true);
    const { description } = tree.getTreeItem(await nodeOf("long"));
    assert.match(String(description), /^read-only · paused, before page\.title · /);
    const workers = (): ProcessEntry[] =>
      descendantsOf(stateOf("long").hostPid).filter(({ command }) =>
        command.some((word) => word.includes("workflow-worker")),
      );
    assert.equal(workers().length, 1);
    await vscode.commands.executeCommand("libretto.stop", await nodeOf("long"));
    await waitUntilGone(workers);
    const { status, stderr } = await typed;
    assert.equal(status, 130, stderr);
    await stepped;
    await known("long", ({ record }) => record.state?.status === "failed");
    using browser = await witness("long");
    assert.equal(await browser.evaluate("document.title"), "The Shelf");
  });
});
