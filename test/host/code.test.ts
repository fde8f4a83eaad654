import assert from "node:assert/strict";
import path from "node:path";
import { writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { Site } from "../support/site.js";
import {
  api,
  cli,
  closeEverything,
  known,
  nodeOf,
  open,
  when,
  withEnter,
  witness,
  workspaceFolder,
} from "../support/vscode/inHost.js";

/** Shows a file with the text in an editor. */
async function edit(name: string, text: string): Promise<vscode.TextEditor> {
  const file = path.join(workspaceFolder(), name);
  writeFileSync(file, text);
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file), {
    viewColumn: vscode.ViewColumn.One,
  });
}

/** Selects the first place where the text stands. */
function select(editor: vscode.TextEditor, text: string): void {
  const start = editor.document.getText().indexOf(text);
  assert.ok(start >= 0);
  editor.selection = new vscode.Selection(
    editor.document.positionAt(start),
    editor.document.positionAt(start + text.length),
  );
}

/** The result that stands beside. */
function resultBeside(): vscode.TextDocument | undefined {
  return vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === "libretto-result")?.document;
}

/** Does something with a setting of the user's, and takes that back. */
async function withSetting(name: string, value: unknown, act: () => Promise<void>): Promise<void> {
  const settings = vscode.workspace.getConfiguration();
  await settings.update(name, value, vscode.ConfigurationTarget.Global);
  try {
    await act();
  } finally {
    await settings.update(name, undefined, vscode.ConfigurationTarget.Global);
  }
}

describe("V4: readonly-exec on the editor's selection, in a real VS Code", () => {
  let site: Site;
  before(async () => {
    site = await Site.start();
    await open("reader", site.url("/"), "read-only");
  });
  after(async () => {
    await closeEverything();
    await site.close();
  });
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("the result stands beside as a document, and the editor keeps the focus", async () => {
    const editor = await edit(
      "a.ts",
      "const other = 1;\n\nconst title: string = await page.title(); return { title, items: await page.locator('li').count() };\n",
    );
    select(editor, editor.document.lineAt(2).text);
    await vscode.commands.executeCommand("libretto.readonlyExec");
    const result = resultBeside();
    assert.deepEqual(JSON.parse(result?.getText() ?? ""), { title: "The Shelf", items: 3 });
    assert.equal(result?.languageId, "json");
    assert.equal(vscode.window.activeTextEditor?.document, editor.document);
  });

  it("the result never covers its code, not even where the code stands among earlier results", async () => {
    await edit("first.ts", "return 'one';\n");
    await vscode.commands.executeCommand("libretto.readonlyExec");
    const column = vscode.window.visibleTextEditors.find(
      ({ document }) => document.uri.scheme === "libretto-result",
    )?.viewColumn;
    const file = path.join(workspaceFolder(), "second.ts");
    writeFileSync(file, "return 'two';\n");
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file), {
      viewColumn: column ?? vscode.ViewColumn.Two,
    });
    await vscode.commands.executeCommand("libretto.readonlyExec");
    const shown = vscode.window.visibleTextEditors.map(({ document }) => document);
    assert.ok(
      shown.some(({ fileName }) => fileName === file),
      "the code is in sight",
    );
    assert.ok(
      shown.some((document) => document.uri.scheme === "libretto-result" && document.getText() === "two"),
      "and so is its result",
    );
  });

  it("a problem goes with its document", async () => {
    const document = await vscode.workspace.openTextDocument({
      language: "typescript",
      content: "await page.locator('#submit').click();\n",
    });
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand("libretto.readonlyExec");
    const problems = (): vscode.Diagnostic[] =>
      vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === "libretto");
    assert.equal(problems().length, 1);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    await when(vscode.languages.onDidChangeDiagnostics, () => problems().length === 0, "the problem is gone");
  });

  it("code that runs again has the problems of its last run alone", async () => {
    const editor = await edit(
      "again.ts",
      "if ((await page.locator('body').getAttribute('data-mended')) === null) throw new Error('not yet');\n",
    );
    const problems = (): string[] =>
      vscode.languages
        .getDiagnostics(editor.document.uri)
        .filter(({ source }) => source === "libretto")
        .map(({ message }) => message);
    for (let run = 0; run < 2; run++) {
      await vscode.commands.executeCommand("libretto.readonlyExec");
      assert.equal(problems().length, 1, problems().join("\n"));
      assert.match(problems()[0] ?? "", /not yet/);
    }
    using browser = await witness("reader");
    await browser.evaluate("void (document.body.dataset.mended = 'yes')");
    await vscode.commands.executeCommand("libretto.readonlyExec");
    assert.deepEqual(problems(), []);
  });

  it("a string is shown as it is, and code without a value opens nothing", async () => {
    const editor = await edit("b.ts", "return await page.title()\n");
    await vscode.commands.executeCommand("libretto.readonlyExec");
    assert.equal(resultBeside()?.getText(), "The Shelf");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    const none = await edit("c.ts", "const title = await page.title();\n");
    await vscode.commands.executeCommand("libretto.readonlyExec");
    assert.equal(resultBeside(), undefined);
    void [editor, none];
  });

  it("a denied call is a problem at its place, and touches nothing", async () => {
    const editor = await edit(
      "d.ts",
      "// a comment\n\nconst title = await page.title();\nawait page.locator('#submit').click();\nreturn title;\n",
    );
    editor.selection = new vscode.Selection(2, 0, 2, 0);
    await vscode.commands.executeCommand("libretto.readonlyExec");
    const [problem, ...others] = await when(
      vscode.languages.onDidChangeDiagnostics,
      () => {
        const problems = vscode.languages
          .getDiagnostics(editor.document.uri)
          .filter(({ source }) => source === "libretto");
        return problems.length > 0 && problems;
      },
      "the document has a problem",
    );
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "ReadonlyExecDenied");
    assert.match(problem?.message ?? "", /click/);
    assert.equal(problem?.range.start.line, 3);
    using browser = await witness("reader");
    assert.equal(await browser.evaluate("document.body.dataset.clicked ?? 'no'"), "no");

    // What the problem told of is changed: it goes.
    await editor.edit((change) => change.insert(new vscode.Position(3, 0), "// "));
    assert.deepEqual(
      vscode.languages.getDiagnostics(editor.document.uri).filter(({ source }) => source === "libretto"),
      [],
    );
  });

  it("a cell of a file is run by its lens, which names the session and its mode", async () => {
    const editor = await edit("cells.libretto.ts", "// %% one\nreturn 1 + 1\n\n// %% two\nreturn await page.title()\n");
    assert.equal(editor.document.languageId, "libretto");
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      editor.document.uri,
      100,
    );
    const second = lenses.filter(({ range }) => range.start.line === 3).map(({ command }) => command);
    assert.match(second[0]?.title ?? "", /Read on reader \(read-only\)/);
    assert.ok(!second.some((command) => command?.command === "libretto.exec"));
    await vscode.commands.executeCommand(second[0]?.command ?? "", ...((second[0]?.arguments ?? []) as unknown[]));
    assert.equal(resultBeside()?.getText(), "The Shelf");
  });

  it("V4: libretto.codeLens.enabled takes the lenses away and brings them back", async () => {
    const editor = await edit("lenses.libretto.ts", "// %% one\nreturn 1 + 1\n");
    const count = async (): Promise<number> =>
      (
        await vscode.commands.executeCommand<vscode.CodeLens[]>(
          "vscode.executeCodeLensProvider",
          editor.document.uri,
          100,
        )
      ).length;
    const shown = await count();
    assert.ok(shown > 0);
    await withSetting("libretto.codeLens.enabled", false, async () => assert.equal(await count(), 0));
    assert.equal(await count(), shown);
  });

  it("V4: libretto.results.maximum results are kept, and the oldest goes", async () => {
    await withSetting("libretto.results.maximum", 2, async () => {
      const results: vscode.Uri[] = [];
      for (const text of ["one", "two", "three"]) {
        await edit(`kept-${text}.ts`, `return '${text}';\n`);
        await vscode.commands.executeCommand("libretto.readonlyExec");
        const result = resultBeside();
        assert.equal(result?.getText(), text);
        results.push(result.uri);
      }
      // By another address, which asks again: what VS Code has shown it keeps for minutes.
      const texts = results.map(async (uri) =>
        (await vscode.workspace.openTextDocument(uri.with({ query: "again" }))).getText(),
      );
      assert.deepEqual(await Promise.all(texts), [
        "This result is no longer kept. Run the code again.",
        "two",
        "three",
      ]);
    });
  });

  it("exec on a read-only session is refused before the browser is touched", async () => {
    await edit("e.ts", "await page.locator('#submit').click()\n");
    await vscode.commands.executeCommand("libretto.exec", await nodeOf("reader"));
    using browser = await witness("reader");
    assert.equal(await browser.evaluate("document.body.dataset.clicked ?? 'no'"), "no");
  });

  it("exec on a session with write access does what the code says", async () => {
    await open("writer", site.url("/"), "write-access");
    await edit("f.ts", "await page.locator('#submit').click();\nreturn 'clicked';\n");
    await vscode.commands.executeCommand("libretto.exec", await nodeOf("writer"));
    assert.equal(resultBeside()?.getText(), "clicked");
    using browser = await witness("writer");
    assert.equal(await browser.evaluate("document.body.dataset.clicked"), "yes");
    await cli("close", "--session", "writer");
  });

  it("V4: a session that was chosen and has ended is not the editor's any more: the one that lives is", async () => {
    await open("writer", site.url("/table"), "write-access");
    await edit("h.ts", "return await page.title()\n");
    await withEnter("libretto.exec");
    assert.equal(resultBeside()?.getText(), "Table, page 1");
    await cli("close", "--session", "writer");
    await known("writer", ({ record }) => record.liveness === "closed");
    await vscode.window.showTextDocument(vscode.Uri.file(path.join(workspaceFolder(), "h.ts")), {
      viewColumn: vscode.ViewColumn.One,
    });
    await vscode.commands.executeCommand("libretto.readonlyExec");
    assert.equal(resultBeside()?.getText(), "The Shelf");
  });

  it("V4: where a session is asked for, exec offers those with write access alone", async () => {
    await open("writer", site.url("/"), "write-access");
    const { tree } = await api();
    const shown = (await tree.getChildren()).flatMap((node) => (node.kind === "session" ? [node.session] : []));
    assert.deepEqual(shown, ["reader", "writer"], "the one that may not be driven comes first");
    await edit("g.ts", "await page.evaluate(() => { document.body.dataset.driven = 'yes'; });\n");
    await withEnter("libretto.exec");
    using browser = await witness("writer");
    assert.equal(await browser.evaluate("document.body.dataset.driven"), "yes");
  });
});
