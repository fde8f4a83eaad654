import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { hasDisplay } from "../../src/sessions/operations/open.js";
import { identify, type ProcessIdentity } from "../../src/sessions/process/identity.js";
import type { AccessMode } from "../../src/sessions/model/policy.js";
import { findProcess } from "../support/processTable.js";
import { writeRecord as writeRecordOf } from "../support/records.js";
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
  workspaceFolder,
} from "../support/vscode/inHost.js";

describe("V6: the sidebar and the terminal show the same sessions", () => {
  let site: Site;
  before(async () => void (site = await Site.start()));
  after(() => site.close());
  afterEach(closeEverything);

  it("a session opened, locked and closed in the terminal is so in the tree", async () => {
    assert.equal((await cli("open", site.url("/"), "--session", "typed", "--headless")).status, 0);
    await known("typed", ({ record }) => record.state?.status === "active");
    await cli("session-mode", "read-only", "--session", "typed");
    await known("typed", ({ record }) => record.state?.mode === "read-only");
    await cli("close", "--session", "typed");
    await known("typed", ({ record }) => record.liveness === "closed");
  });

  it("V6: whether there is a window is first the setting's to say, then config.json's", async () => {
    const config = path.join(workspaceFolder(), ".libretto", "config.json");
    const before = readFileSync(config, "utf8");
    const settings = vscode.workspace.getConfiguration("libretto");
    try {
      for (const [setting, headless, shown] of [
        ["headless", false, "headless"],
        ["visible", true, hasDisplay({ env: process.env }) ? "window" : "none"],
        ["auto", true, "headless"],
      ] as const) {
        writeFileSync(config, JSON.stringify({ version: 1, headless }));
        await settings.update("window", setting, vscode.ConfigurationTarget.Workspace);
        await vscode.commands.executeCommand("libretto.open", {
          session: setting,
          url: site.url("/"),
          mode: "read-only",
        });
        assert.equal(existsSync(sessionFolder(setting)) ? lookOf(setting) : "none", shown, setting);
      }
    } finally {
      await settings.update("window", undefined, vscode.ConfigurationTarget.Workspace);
      writeFileSync(config, before);
    }
  });

  it("a session opened by clicking is on the terminal's list", async () => {
    await open("clicked", site.url("/"));
    const { sessions } = JSON.parse((await cli("list", "--json")).stdout) as { sessions: { session: string }[] };
    assert.deepEqual(
      sessions.map(({ session }) => session),
      ["clicked"],
    );
  });

  it("a host that does not answer is shown so, and is not asked for its pages; once it answers, they are there again", async () => {
    await open("silent", site.url("/"));
    const { tree } = await api();
    const node = await nodeOf("silent");
    const look = async (): Promise<string[]> => [
      String(tree.getTreeItem(node).description),
      ...(await childrenOf(node)).map(({ item }) => item.label as string),
    ];
    assert.deepEqual((await look()).slice(1), ["The Shelf", "Logs", "Snapshots"]);
    const { hostPid } = stateOf("silent");
    const drawn = (): Promise<void> =>
      new Promise((resolve) => {
        const subscription = tree.onDidChangeTreeData((one) => {
          if (one !== node) return;
          subscription.dispose();
          resolve();
        });
      });
    try {
      process.kill(hostPid, "SIGSTOP");
      await drawn();
      const [description, note] = await look();
      assert.match(description ?? "", /does not answer/);
      assert.match(note ?? "", /^Its host does not answer/);
    } finally {
      process.kill(hostPid, "SIGCONT");
    }
    await known("silent", ({ record }) => !record.silent);
    assert.deepEqual((await look()).slice(1), ["The Shelf", "Logs", "Snapshots"]);
  });

  it("a browser that is killed is shown as ended", async () => {
    await open("killed", site.url("/"));
    process.kill(stateOf("killed").browserPid ?? 0, "SIGKILL");
    await known("killed", ({ record }) => record.liveness === "ended");
    const { tree } = await api();
    assert.match(String(tree.getTreeItem(await nodeOf("killed")).description), /browser ended/);
  });
});

describe("must show 5: 200 sessions on record, 20 of them live", () => {
  const names = Array.from({ length: 200 }, (_, index) => `many-${String(index).padStart(3, "0")}`);
  // Stands for twenty session hosts: the registry goes by the process table.
  let host: ChildProcess;
  before(() => void (host = spawn(process.execPath, ["-e", "setInterval(() => {}, 60_000)"], { stdio: "ignore" })));
  after(() => {
    host.kill();
    for (const name of names) rmSync(sessionFolder(name), { recursive: true, force: true });
  });

  it("are listed, live ones first; one session's change draws one item again", async () => {
    const { model, tree } = await api();
    const identity = identify(host.pid ?? 0);
    assert.ok(identity);
    // No host answers for them, which the window finds by its next ping, and which draws each of them once.
    const silent = new Set<string>();
    const fallenSilent = model.onDidChange(({ changed }) => {
      for (const record of changed) if (record.silent) silent.add(record.name);
    });
    for (const [index, name] of names.entries()) {
      mkdirSync(sessionFolder(name), { recursive: true });
      if (index % 10 === 0) writeRecord(name, identity, "read-only");
    }
    await when(
      model.onDidChange,
      () =>
        model.all().filter(({ record: { name } }) => names.includes(name)).length === 200 && model.live().length >= 20,
      "all are known",
    );
    const shown = (await tree.getChildren()).flatMap((node) =>
      node.kind === "session" && node.session.startsWith("many-") ? [node.session] : [],
    );
    assert.equal(shown.length, 200);
    assert.ok(shown.slice(0, 20).every((name) => Number(name.slice(5)) % 10 === 0));

    await when(model.onDidChange, () => names.filter((name) => silent.has(name)).length === 20, "all fell silent");
    fallenSilent.dispose();
    const drawn: unknown[] = [];
    const subscription = tree.onDidChangeTreeData((node) => drawn.push(node?.kind === "session" ? node.session : node));
    writeRecord("many-010", identity, "write-access");
    await known("many-010", ({ record: { state } }) => state?.mode === "write-access");
    subscription.dispose();
    assert.deepEqual(drawn, ["many-010"]);
  });
});

/** How the session's browser was started. */
function lookOf(session: string): "headless" | "window" {
  const { command = [] } = findProcess(stateOf(session).browserPid ?? 0) ?? {};
  assert.ok(command.length > 0, "it runs");
  return command.some((word) => word.includes("headless")) ? "headless" : "window";
}

function writeRecord(session: string, host: ProcessIdentity, mode: AccessMode): void {
  writeRecordOf(workspaceFolder(), process.env, {
    version: 1,
    session,
    status: "active",
    mode,
    kind: "launched",
    headless: true,
    cdpEndpoint: null,
    port: null,
    browserPid: null,
    browserStartedAt: null,
    hostPid: host.pid,
    hostStartedAt: host.startedAt,
    profilePath: null,
    startedAt: new Date().toISOString(),
    viewport: null,
    url: "https://example.com/",
  });
}
