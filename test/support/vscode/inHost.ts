/** For tests inside the extension host: the workspace they run in, its sessions, and witnesses outside. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import type { TestApi } from "../../../src/extension.js";
import type { SessionState } from "../../../src/sessions/model/state.js";
import type { SessionRef } from "../../../src/views/model.js";
import type { SessionNode, TreeNode } from "../../../src/views/tree/nodes.js";
import { Witness } from "../browser.js";

/** How long something may take to come true; what takes longer is a failure. */
const timeoutMs = 30_000;

/** The folder that the window shows. */
export function workspaceFolder(): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  if (folder === undefined) throw new Error("The window shows no folder.");
  return folder;
}

/** The extension under test, active. */
export async function api(): Promise<TestApi> {
  const extension = vscode.extensions.getExtension<TestApi>("libretto.libretto");
  if (!extension) throw new Error("The extension is not there.");
  const found = await extension.activate();
  await found.model.ready;
  return found;
}

/** What `libretto …` does in a terminal of this workspace. */
export async function cli(...args: string[]): Promise<{ stdout: string; stderr: string; status: number }> {
  const extension = vscode.extensions.getExtension("libretto.libretto");
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [path.join(extension?.extensionPath ?? "", "dist", "cli.js"), ...args],
      { cwd: workspaceFolder() },
    );
    return { stdout, stderr, status: 0 };
  } catch (thrown) {
    const { stdout, stderr, code } = thrown as { stdout: string; stderr: string; code: number };
    return { stdout, stderr, status: code };
  }
}

export function sessionFolder(session: string): string {
  return path.join(workspaceFolder(), ".libretto", "sessions", session);
}

/** The record on disk. */
export function stateOf(session: string): SessionState {
  return JSON.parse(readFileSync(path.join(sessionFolder(session), "state.json"), "utf8")) as SessionState;
}

/** A second connection to the session's browser, which asks nothing of ours. */
export function witness(session: string): Promise<Witness> {
  return Witness.connect(stateOf(session).cdpEndpoint);
}

/** Resolves once the condition gives something; it is looked at whenever the event comes. @param within in ms */
export async function when<T>(
  event: vscode.Event<unknown>,
  condition: () => T | undefined | false,
  what: string,
  within = timeoutMs,
): Promise<T> {
  const now = condition();
  if (now !== undefined && now !== false) return now;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      subscription.dispose();
      reject(new Error(`It did not come true that ${what}.`));
    }, within);
    const subscription = event(() => {
      const value = condition();
      if (value === undefined || value === false) return;
      clearTimeout(timer);
      subscription.dispose();
      resolve(value);
    });
  });
}

/** The session, once the window knows it and the condition holds for it. */
export async function known(
  session: string,
  condition: (ref: SessionRef) => boolean = () => true,
): Promise<SessionRef> {
  const { model } = await api();
  return when(
    model.onDidChange,
    () => {
      const ref = model.all().find(({ record }) => record.name === session);
      return ref && condition(ref) ? ref : undefined;
    },
    `the window knows session ${session} as wanted`,
  );
}

/** The session's element of the tree, as a person would click on it. */
export async function nodeOf(session: string): Promise<SessionNode> {
  const { tree } = await api();
  const node = (await tree.getChildren()).find(
    (one): one is SessionNode => one.kind === "session" && one.session === session,
  );
  if (!node) throw new Error(`The tree does not show ${session}.`);
  return node;
}

/** What the tree shows below a node. */
export async function childrenOf(node: TreeNode): Promise<{ node: TreeNode; item: vscode.TreeItem }[]> {
  const { tree } = await api();
  return (await tree.getChildren(node)).map((child) => ({ node: child, item: tree.getTreeItem(child) }));
}

/** Opens a session by its command, headless, on an address. */
export async function open(
  session: string,
  url: string,
  mode: "read-only" | "write-access" = "write-access",
): Promise<SessionRef> {
  await vscode.commands.executeCommand("libretto.open", { session, url, mode, headless: true });
  return known(session, ({ record }) => record.liveness === "live" && record.state?.status === "active");
}

/** Closes every session of the workspace. */
export async function closeEverything(): Promise<void> {
  await cli("close", "--all", "--force");
}

/** Runs a command that asks, and answers each of its questions with Enter: what is offered first is taken. */
export async function withEnter(command: string, argument?: unknown): Promise<void> {
  const asking = { over: false };
  const run = Promise.resolve(vscode.commands.executeCommand(command, argument)).finally(() => (asking.over = true));
  while (!asking.over) await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
  await run;
}
