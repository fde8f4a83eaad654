/** Tree items and their hovers: functions of a node and the record behind it. */
import { statSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { isLive } from "../../sessions/store/records.js";
import { sessionPaths } from "../../sessions/store/workspace.js";
import { sizeText } from "../../sessions/util/sizeText.js";
import { CommandId } from "../contributions.js";
import type { SessionRef } from "../model.js";
import { sessionUri } from "./decorations.js";
import type { PaneKind } from "../../sessions/logs/rows.js";
import type { LogNode, NoteNode, PageNode, SessionNode, SnapshotNode, TreeNode } from "./nodes.js";
import { accessWords, presentPage, presentSession, statusWords } from "./presentation.js";

const { t } = vscode.l10n;
/** Characters of an address in a hover; a page that is its own address has thousands. */
const maxAddressLength = 300;

/** The item of a node. @param ref the session it belongs to; absent for a root, or if the session is gone */
export function itemOf(node: TreeNode, ref: SessionRef | undefined): vscode.TreeItem {
  switch (node.kind) {
    case "root": {
      const item = new vscode.TreeItem(node.root.label, vscode.TreeItemCollapsibleState.Expanded);
      item.id = `root:${node.root.workspace.root}`;
      item.iconPath = new vscode.ThemeIcon("root-folder");
      item.contextValue = "root";
      item.tooltip = node.root.workspace.root;
      item.accessibilityInformation = { label: t("Folder {0}", node.root.label) };
      return item;
    }
    case "session":
      return sessionItem(node, ref);
    case "page":
      return pageItem(node, ref);
    case "logs":
      return groupItem(node, t("Logs"), "output", "logs");
    case "log":
      return logItem(node);
    case "snapshots":
      return groupItem(node, t("Snapshots"), "device-camera", "snapshots");
    case "snapshot":
      return snapshotItem(node);
    case "note":
      return noteItem(node);
  }
}

/** The hover of a node; undefined keeps what the item has. @param picture of the session's page, a JPEG in base64 */
export function tooltipOf(
  node: TreeNode,
  ref: SessionRef | undefined,
  picture: string | undefined,
): vscode.MarkdownString | undefined {
  if (node.kind === "session" && ref) return sessionTooltip(ref, picture);
  if (node.kind === "snapshot") return snapshotTooltip(node);
  return undefined;
}

function sessionItem(node: SessionNode, ref: SessionRef | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(node.session, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = idOf(node);
  if (!ref) return item;
  const look = presentSession(ref.record, t);
  item.description = look.description;
  item.iconPath = new vscode.ThemeIcon(look.icon, new vscode.ThemeColor(look.color));
  item.contextValue = look.contextValue;
  item.accessibilityInformation = { label: look.spoken };
  item.resourceUri = sessionUri(node.root, node.session);
  return item;
}

function pageItem(node: PageNode, ref: SessionRef | undefined): vscode.TreeItem {
  const look = presentPage(node.page, t);
  const item = new vscode.TreeItem(look.label, vscode.TreeItemCollapsibleState.None);
  item.id = `${idOf(node)}/page/${node.page.id}`;
  item.description = look.description;
  item.iconPath = new vscode.ThemeIcon(look.icon);
  item.contextValue = look.contextValue;
  item.tooltip = look.tooltip;
  item.accessibilityInformation = { label: look.spoken };
  if (ref) item.command = { command: CommandId.openLiveView, title: t("Open Live View"), arguments: [node] };
  return item;
}

function groupItem(node: TreeNode, label: string, icon: string, word: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `${idOf(node)}/${word}`;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.contextValue = word;
  return item;
}

const logIcons: Record<PaneKind, string> = {
  logs: "output",
  network: "globe",
  actions: "target",
  timeline: "list-flat",
};

function logItem(node: LogNode): vscode.TreeItem {
  const labels: Record<PaneKind, string> = {
    logs: t("Session log"),
    network: t("Network"),
    actions: t("Actions"),
    timeline: t("Timeline"),
  };
  const item = new vscode.TreeItem(labels[node.log], vscode.TreeItemCollapsibleState.None);
  const paths = sessionPaths(node.root.workspace, node.session);
  const file = node.log === "timeline" ? undefined : paths[node.log];
  item.id = `${idOf(node)}/log/${node.log}`;
  item.description = file === undefined ? t("all three by time") : `${node.log}.jsonl${sizeOf(file)}`;
  item.iconPath = new vscode.ThemeIcon(logIcons[node.log]);
  item.contextValue = `log;${node.log}`;
  item.tooltip = file ?? paths.folder;
  // VS Code reads a plain tooltip out instead of the label.
  item.accessibilityInformation = { label: `${labels[node.log]}, ${item.description}` };
  item.command = { command: CommandId.logs, title: t("Open Log"), arguments: [node] };
  return item;
}

function snapshotItem(node: SnapshotNode): vscode.TreeItem {
  const { snapshot } = node;
  const item = new vscode.TreeItem(snapshot.takenAt.toLocaleString(), vscode.TreeItemCollapsibleState.None);
  item.id = `${idOf(node)}/snapshot/${snapshot.id}`;
  item.description = snapshot.id;
  item.iconPath = new vscode.ThemeIcon("file-media");
  item.contextValue = "snapshot";
  item.accessibilityInformation = { label: t("Snapshot of {0}", snapshot.takenAt.toLocaleString()) };
  item.command = { command: CommandId.openSnapshot, title: t("Open Snapshot"), arguments: [node] };
  return item;
}

function noteItem(node: NoteNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.text, vscode.TreeItemCollapsibleState.None);
  item.id = `${idOf(node)}/note`;
  item.iconPath = new vscode.ThemeIcon("info");
  item.tooltip = node.text;
  return item;
}

function sessionTooltip({ root, record }: SessionRef, picture: string | undefined): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown(`**${asText(record.name)}**\n\n`);
  if (picture !== undefined)
    text.appendMarkdown(`![${t("Picture of the page")}](data:image/jpeg;base64,${picture}|width=320)\n\n`);
  const line = (name: string, value: string): void => void text.appendMarkdown(`${name}: ${asText(value)}  \n`);
  const { state } = record;
  if (state && isLive(record)) line(t("Mode"), accessWords(state, t).join(", "));
  if (state?.accessRequest) line(t("Asked for"), `${state.accessRequest.client}: ${state.accessRequest.reason}`);
  line(t("Status"), state?.reason ? `${statusWords(record, t)} (${state.reason})` : statusWords(record, t));
  if (record.error) line(t("Problem"), `${record.error.message} ${record.error.hint}`);
  if (state) {
    if (state.workflow) line(t("Workflow"), path.relative(root.workspace.root, state.workflow.file));
    if (state.url)
      line(t("Address"), state.url.length > maxAddressLength ? `${state.url.slice(0, maxAddressLength)}…` : state.url);
    line(
      t("Browser"),
      state.kind === "connected"
        ? t("connected, not ours to end")
        : state.headless
          ? t("headless")
          : t("visible window"),
    );
    if (isLive(record)) {
      if (state.grid) line(t("Selenium Grid"), state.grid.url);
      if (state.sealed) line(t("Debugging port"), t("none: sealed, only this session can reach the browser"));
      else if (state.port !== null) line(t("Debugging port"), String(state.port));
    }
    line(t("Opened"), new Date(state.startedAt).toLocaleString());
  }
  line(t("Folder"), path.join(root.workspace.sessions, record.name));
  return text;
}

/**
 * Text of a page or a path, as it stands: no mark of Markdown, no link of an address in it. `appendText` leaves
 * addresses to be linked, with the backslashes it put in, and forbids lines to break between words.
 */
function asText(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[^\p{L}\p{N} ]/gu, (mark) => `&#${mark.codePointAt(0)};`);
}

function snapshotTooltip({ snapshot }: SnapshotNode): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  // In Markdown and not in HTML: only there VS Code turns the address into one that a remote window can load.
  if (snapshot.png === undefined) text.appendText(`${t("This snapshot has no picture.")}\n\n`);
  else text.appendMarkdown(`![${t("Picture of the page")}](${vscode.Uri.file(snapshot.png).toString()}|width=320)\n\n`);
  text.appendText(snapshot.takenAt.toLocaleString());
  return text;
}

function idOf(node: TreeNode): string {
  return node.kind === "root"
    ? `root:${node.root.workspace.root}`
    : `session:${node.root.workspace.root}:${node.session}`;
}

function sizeOf(file: string): string {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size;
  if (bytes === undefined) return ` · ${t("empty")}`;
  return ` · ${sizeText(bytes)}`;
}
