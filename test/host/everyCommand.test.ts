import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { findProcess, waitUntilGone } from "../support/processTable.js";
import { Site } from "../support/site.js";
import {
  api,
  childrenOf,
  cli,
  closeEverything,
  known,
  nodeOf,
  open,
  stateOf,
  when,
  withEnter,
  witness,
  workspaceFolder,
} from "../support/vscode/inHost.js";

const openTabs = (): string[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));

describe("V2: every command works from the palette, with a picker where no item is given", () => {
  let site: Site;
  before(async () => void (site = await Site.start()));
  after(() => site.close());
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await closeEverything();
  });

  it("Copy Session Name, Copy Page URL", async () => {
    await open("copied", site.url("/"));
    await withEnter("libretto.copyName");
    assert.equal(await vscode.env.clipboard.readText(), "copied");
    await withEnter("libretto.copyPageUrl");
    assert.equal(await vscode.env.clipboard.readText(), site.url("/"));
  });

  it("S27: Act on Element clicks the element that is chosen", async () => {
    await open("stepped", site.url("/counter"));
    await withEnter("libretto.act");
    const page = await witness("stepped");
    assert.equal(await page.evaluate("window.clicks", "/counter"), 1);
  });

  it("Close Session, Make Session Read-Only", async () => {
    await open("picked", site.url("/"));
    const { browserPid } = stateOf("picked");
    await withEnter("libretto.makeReadOnly");
    assert.equal(stateOf("picked").mode, "read-only");
    await withEnter("libretto.close");
    await waitUntilGone(() => [findProcess(browserPid ?? 0)].filter((entry) => entry !== undefined));
  });

  it("Take Snapshot, Open Snapshot, Show Pages, Reveal Page: a page without a window is shown as a picture", async () => {
    await open("shown", site.url("/"));
    for (const command of ["libretto.snapshot", "libretto.openSnapshot", "libretto.pages", "libretto.revealPage"]) {
      await withEnter(command);
      assert.deepEqual(
        openTabs()
          .filter((label) => /^(page\.png|tree\.yaml)$/.test(label))
          .sort(),
        ["page.png", "tree.yaml"],
        command,
      );
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    }
    const group = (await childrenOf(await nodeOf("shown"))).find(({ node }) => node.kind === "snapshots");
    assert.ok(group);
    assert.equal((await childrenOf(group.node)).length, 3);
  });

  it("Show Sessions leads to a session and to what can be done with it", async () => {
    await open("listed", site.url("/"));
    const { tree } = await api();
    await withEnter("libretto.list");
    assert.deepEqual(tree.view.selection, [await nodeOf("listed")]);
  });

  it("V7: Open Live View and Open Overview open one each; with a page, given by another extension, a view that stays with it", async () => {
    await open("viewed", site.url("/"));
    const { stdout } = await cli("pages", "--session", "viewed", "--json");
    const [page] = (JSON.parse(stdout) as { pages: { id: string }[] }).pages;
    const views = (label: string): number => openTabs().filter((one) => one === label).length;
    const become = (label: string, count: number): Promise<unknown> =>
      when(
        vscode.window.tabGroups.onDidChangeTabs,
        () => views(label) === count,
        `${count} of ${label} are open; there are ${openTabs().join()}`,
      );
    await vscode.commands.executeCommand("libretto.openLiveView", { session: "viewed", page: page?.id });
    await become("viewed · The Shelf", 1);
    for (const _twice of [1, 2]) {
      await withEnter("libretto.openLiveView");
      await become("viewed · The Shelf", 2);
      await vscode.commands.executeCommand("libretto.openOverview");
      await become("Sessions", 1);
    }
  });

  it("Choose the Session for This Editor: its code runs there from now on", async () => {
    await open("first", site.url("/"));
    await open("second", site.url("/form"));
    const document = await vscode.workspace.openTextDocument({
      language: "typescript",
      content: "return await page.title();\n",
    });
    await vscode.window.showTextDocument(document);
    await withEnter("libretto.chooseSession");
    await vscode.commands.executeCommand("libretto.readonlyExec");
    assert.ok(
      openTabs().some((label) => label.startsWith("first ")),
      openTabs().join(),
    );
  });

  it("Open Again opens an ended session under its name, with its address and its mode offered", async () => {
    await open("again", site.url("/form"), "read-only");
    const before = stateOf("again").browserPid ?? 0;
    process.kill(before, "SIGKILL");
    await known("again", ({ record }) => record.liveness === "ended");
    await withEnter("libretto.openAgain");
    const { browserPid, mode } = stateOf("again");
    assert.notEqual(browserPid, before);
    assert.equal(mode, "read-only");
    using browser = await witness("again");
    assert.deepEqual(
      (await browser.pages()).map(({ url }) => url),
      [site.url("/form")],
    );
  });

  it("Open config.json makes one that the program reads", async () => {
    const file = path.join(workspaceFolder(), ".libretto", "config.json");
    renameSync(file, `${file}.kept`);
    try {
      await vscode.commands.executeCommand("libretto.openConfig");
      assert.equal(vscode.window.activeTextEditor?.document.fileName, file);
      assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), { version: 1, sessionMode: "write-access" });
      const { workspace } = JSON.parse((await cli("status", "--json")).stdout) as {
        workspace: { config: string; problems: unknown[] };
      };
      assert.deepEqual([workspace.config, workspace.problems], ["ok", []]);
    } finally {
      rmSync(file, { force: true });
      renameSync(`${file}.kept`, file);
    }
  });

  it("S29: Create Workflow from Actions opens what was done as an unsaved file beside", async () => {
    await open("told", site.url("/counter"));
    await withEnter("libretto.act");
    await withEnter("libretto.exportActions");
    const { document } = vscode.window.activeTextEditor ?? assert.fail("no editor");
    assert.deepEqual([document.isUntitled, document.languageId], [true, "typescript"]);
    assert.match(document.getText(), /export default workflow\("told"[\s\S]*await page\..*\.click\(\);/);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  // VS Code shows no dialogs under test: the question has no answer, as if it was cancelled.
  it("Close All, also by force, and Give Write Access do nothing unless they are confirmed", async () => {
    await open("kept", site.url("/"), "read-only");
    const { browserPid } = stateOf("kept");
    for (const command of ["libretto.closeAll", "libretto.closeAllForce", "libretto.giveWriteAccess"])
      await withEnter(command);
    assert.equal(stateOf("kept").mode, "read-only");
    assert.ok(findProcess(browserPid ?? 0));
  });

  it("V10: Request Write Access is seen in the tree and grants nothing, as Review Request does where nobody answers it", async () => {
    await open("asks", site.url("/"), "read-only");
    const { tree } = await api();
    const shown = async (): Promise<string> => String(tree.getTreeItem(await nodeOf("asks")).description);
    await vscode.commands.executeCommand("libretto.requestAccess", { session: "asks", reason: "fill in the form" });
    const asked = await known("asks", ({ record }) => record.state?.accessRequest !== undefined);
    assert.equal(asked.record.state?.accessRequest?.reason, "fill in the form");
    assert.match(await shown(), /^read-only · asks for write access/);
    await vscode.commands.executeCommand("libretto.reviewAccessRequest", { session: "asks" });
    assert.equal(stateOf("asks").mode, "read-only");
    assert.ok(stateOf("asks").accessRequest);
    await cli("session-mode", "write-access", "--session", "asks", "--for", "15m");
    await known("asks", ({ record }) => record.state?.mode === "write-access");
    assert.match(await shown(), /^write access, 15 minutes left · active/);
  });

  it("Close ended: a session whose browser is gone leaves its logs and no record", async () => {
    await open("gone", site.url("/"));
    process.kill(stateOf("gone").browserPid ?? 0, "SIGKILL");
    await known("gone", ({ record }) => record.liveness === "ended");
    await vscode.commands.executeCommand("libretto.close", await nodeOf("gone"));
    await known("gone", ({ record }) => record.liveness === "closed");
    assert.ok(existsSync(path.join(workspaceFolder(), ".libretto", "sessions", "gone", "logs.jsonl")));
  });
});
