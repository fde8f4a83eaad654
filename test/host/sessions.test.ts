import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import { chromiumPath, startBrowser, Witness, type OwnBrowser } from "../support/browser.js";
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
  sessionFolder,
  stateOf,
  when,
  witness,
  workspaceFolder,
} from "../support/vscode/inHost.js";

type Shown = Awaited<ReturnType<typeof childrenOf>>[number];

/**
 * The pages that the tree shows below a session, once they are as wanted: it is looked at whenever it draws the session.
 * @param act what it draws the session again for; without it, it is looked at right away, too
 */
async function untilPages(
  session: string,
  isWanted: (pages: Shown[]) => boolean,
  act?: () => Promise<unknown>,
): Promise<Shown[]> {
  const { tree } = await api();
  let isDrawn = false;
  let shown = "none";
  const subscription = tree.onDidChangeTreeData((node) => (isDrawn ||= node?.kind === "session"));
  const untilDrawn = (): Promise<true> =>
    when(tree.onDidChangeTreeData, () => isDrawn, `the tree draws other pages than ${shown}`);
  try {
    await act?.();
    if (act) await untilDrawn();
    for (;;) {
      isDrawn = false;
      const pages = (await childrenOf(await nodeOf(session))).filter(({ node }) => node.kind === "page");
      if (isWanted(pages)) return pages;
      shown = pages.map(({ item }) => `${item.label as string} (${String(item.description)})`).join(", ");
      await untilDrawn();
    }
  } finally {
    subscription.dispose();
  }
}

describe("V2: the commands of a session, in a real VS Code", () => {
  let site: Site;
  before(async () => void (site = await Site.start()));
  after(() => site.close());
  afterEach(closeEverything);

  it("Open starts a browser of its own, on the page, under the name, and shows it in the tree", async () => {
    await open("opened", site.url("/"), "read-only");
    using browser = await witness("opened");
    assert.deepEqual(
      (await browser.pages()).map(({ url }) => url),
      [site.url("/")],
    );
    assert.ok(findProcess(stateOf("opened").browserPid ?? 0));
    const { tree } = await api();
    const item = tree.getTreeItem(await nodeOf("opened"));
    assert.match(String(item.description), /^read-only · active · 127\.0\.0\.1:\d+$/);
    assert.equal(item.contextValue, "session;live;read-only;launched");
    assert.equal(tree.view.badge?.value, 1);
  });

  it("Make Read-Only changes the mode at once and for every client, and its row says so", async () => {
    await open("toggled", site.url("/"));
    await vscode.commands.executeCommand("libretto.makeReadOnly", await nodeOf("toggled"));
    await known("toggled", ({ record }) => record.state?.mode === "read-only");
    assert.equal(stateOf("toggled").mode, "read-only");
    const item = (await api()).tree.getTreeItem(await nodeOf("toggled"));
    assert.match(String(item.description), /^read-only · active/);
    assert.equal(item.contextValue, "session;live;read-only;launched");
    const refused = await cli("exec", "--session", "toggled", "await page.click('#submit')");
    assert.equal(refused.status, 3, refused.stderr);
    using browser = await witness("toggled");
    assert.equal(await browser.evaluate("document.body.dataset.clicked ?? 'no'"), "no");
  });

  it("Close ends the browser, drops the record and leaves the logs", async () => {
    await open("closed", site.url("/"));
    const { browserPid } = stateOf("closed");
    await vscode.commands.executeCommand("libretto.close", await nodeOf("closed"));
    await waitUntilGone(() => [findProcess(browserPid ?? 0)].filter((entry) => entry !== undefined));
    await known("closed", ({ record }) => record.liveness === "closed");
    assert.ok(!existsSync(path.join(sessionFolder("closed"), "state.json")));
    assert.ok(existsSync(path.join(sessionFolder("closed"), "logs.jsonl")));
    assert.equal((await api()).tree.view.badge, undefined);
  });

  it("Open Log shows the log of an ended session too", async () => {
    await vscode.commands.executeCommand("libretto.logs", { session: "closed", log: "logs" });
    await when(
      vscode.window.tabGroups.onDidChangeTabs,
      () =>
        vscode.window.tabGroups.all.some(({ tabs }) =>
          tabs.some(({ input, label }) => input instanceof vscode.TabInputWebview && label.includes("closed")),
        ),
      "a tab shows the log",
    );
  });

  it("Take Snapshot opens the picture and its tree, and both hang below the session", async () => {
    await open("pictured", site.url("/"));
    await vscode.commands.executeCommand("libretto.snapshot", await nodeOf("pictured"));
    const group = (await childrenOf(await nodeOf("pictured"))).find(({ node }) => node.kind === "snapshots");
    assert.ok(group);
    const [snapshot] = await childrenOf(group.node);
    assert.ok(snapshot?.node.kind === "snapshot");
    const picture = readFileSync(snapshot.node.snapshot.png ?? "");
    assert.equal(picture.subarray(1, 4).toString(), "PNG");
    assert.match(readFileSync(snapshot.node.snapshot.tree, "utf8"), /The Shelf/);
    const tabs = vscode.window.tabGroups.all.flatMap((one) => one.tabs.map(({ label }) => label));
    assert.ok(
      tabs.some((label) => label.endsWith(".png")),
      tabs.join(", "),
    );
    assert.ok(vscode.window.visibleTextEditors.some(({ document }) => document.getText().includes("The Shelf")));
    const { tree } = await api();
    const { tooltip: hover } = await tree.resolveTreeItem(snapshot.item, snapshot.node);
    assert.ok(hover instanceof vscode.MarkdownString);
    assert.match(hover.value, /!\[.+\]\(file:\/\/.+\.png\|width=320\)/);
  });

  it("the pages of a session hang below it, and a new tab appears there; Copy Page URL copies that of the item", async () => {
    await open("tabbed", site.url("/"));
    using browser = await witness("tabbed");
    await childrenOf(await nodeOf("tabbed"));
    const labelled =
      (...labels: string[]) =>
      (pages: Shown[]): boolean =>
        isDeepStrictEqual(pages.map(({ item }) => item.label).sort(), labels);
    await untilPages("tabbed", labelled("Table, page 1", "The Shelf"), async () => {
      await browser.openPage(site.url("/table"));
      await browser.untilLoaded("/table");
    });

    // The record names the active page alone: that another one is closed, the log tells.
    const shelf = (await browser.pages()).find(({ url }) => url === site.url("/"));
    const left = await untilPages("tabbed", labelled("Table, page 1"), () =>
      browser.send("Target.closeTarget", { targetId: shelf?.targetId }),
    );
    await vscode.commands.executeCommand("libretto.copyPageUrl", left[0]?.node);
    assert.equal(await vscode.env.clipboard.readText(), site.url("/table"));
  });

  it("V1: a page that waits for the answer to its dialog says so, until it has it", async () => {
    // A headless shell has no dialogs.
    const settings = vscode.workspace.getConfiguration("libretto");
    await settings.update("executablePath", chromiumPath("full"), vscode.ConfigurationTarget.Global);
    try {
      await open("asking", site.url("/"));
    } finally {
      await settings.update("executablePath", undefined, vscode.ConfigurationTarget.Global);
    }
    using browser = await witness("asking");
    const untilPage = (isWanted: (words: string) => boolean): Promise<Shown[]> =>
      untilPages("asking", ([page]) => isWanted(String(page?.item.description)));
    await untilPage((words) => !words.includes("dialog"));
    await browser.evaluate("setTimeout(() => alert('Sure?'), 0) > 0");
    await untilPage((words) => words.startsWith("a dialog waits for an answer"));
    assert.equal((await cli("act", "dialog", "accept", "--session", "asking")).status, 0);
    await untilPage((words) => !words.includes("dialog"));
  });

  it("S26, V10: what is left of write access for a time is counted down in the tree", async () => {
    await open("timed", site.url("/"), "read-only");
    assert.equal((await cli("session-mode", "write-access", "--session", "timed", "--for", "70s")).status, 0);
    await known("timed", ({ record }) => record.state?.grantedUntil !== undefined);
    const { tree } = await api();
    const node = await nodeOf("timed");
    const words = (): string => String(tree.getTreeItem(node).description);
    const before = words();
    await when(tree.onDidChangeTreeData, () => words() !== before, "the tree says that less is left");
    assert.notEqual(before, words());
  });

  it("Open Terminal types the beginning of a command in the session's folder, and sends nothing", async () => {
    await open("shelled", site.url("/"));
    await vscode.commands.executeCommand("libretto.openTerminal", await nodeOf("shelled"));
    const terminal = vscode.window.terminals.find(({ name }) => name === "libretto shelled");
    assert.ok(terminal);
    const { cwd } = terminal.creationOptions as vscode.TerminalOptions;
    assert.equal(String(cwd), workspaceFolder());
    terminal.dispose();
  });
});

describe("V1: the hover of a session", () => {
  let site: Site;
  before(async () => void (site = await Site.start()));
  after(() => site.close());
  afterEach(closeEverything);

  it("shows the address as text: letter by letter, and no link or picture of the page's making", async () => {
    const address = site.url("/form?a_b=*c*&next=![x](https://example.test/x.png)&d=`e`");
    await open("hovered", address);
    const { tree } = await api();
    const node = await nodeOf("hovered");
    const { tooltip } = await tree.resolveTreeItem(tree.getTreeItem(node), node);
    assert.ok(tooltip instanceof vscode.MarkdownString);
    // What Markdown, or VS Code on its own, could make something of is there as a number alone.
    const [picture, ...rest] = tooltip.value.split(/(?<=\|width=320\)\n\n)/);
    assert.match(picture ?? "", /^\*\*hovered\*\*\n\n!\[[\w ]+\]\(data:image\/jpeg;base64,[\w+/=]+\|width=320\)\n\n$/);
    const words = rest.join("");
    assert.doesNotMatch(words, /:\/\/|!\[|`|\\/);
    const text = words.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    assert.ok(text.includes(`Address: ${stateOf("hovered").url}  \n`), text);
  });
});

describe("S8: connecting to a browser that is not ours", () => {
  let own: OwnBrowser;
  before(async () => {
    own = await startBrowser("data:text/html,<title>Theirs</title>");
    // It listens before its page has loaded.
    using theirs = await Witness.connect(own.endpoint);
    while (!(await theirs.pages()).some(({ title }) => title === "Theirs"));
  });
  after(() => own.close());
  afterEach(closeEverything);

  it("Connect shows it in the tree, and Close leaves it and its page alone", async () => {
    await vscode.commands.executeCommand("libretto.connect", {
      endpoint: `ws://127.0.0.1:${own.port}`,
      session: "theirs",
      mode: "read-only",
    });
    await known("theirs", ({ record }) => record.liveness === "live");
    const pages = (await childrenOf(await nodeOf("theirs"))).filter(({ node }) => node.kind === "page");
    assert.deepEqual(
      pages.map(({ item }) => item.label),
      ["Theirs"],
    );
    await vscode.commands.executeCommand("libretto.close", await nodeOf("theirs"));
    await known("theirs", ({ record }) => record.liveness === "closed");
    assert.ok(findProcess(own.pid));
  });
});
