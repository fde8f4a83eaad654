/** The elements of the tree. They hold names, not records: what a name stands for changes under them. */
import type { PageInfo } from "../../sessions/model/page.js";
import type { PaneKind } from "../../sessions/logs/rows.js";
import type { WorkspaceRoot } from "../model.js";

export interface RootNode {
  kind: "root";
  root: WorkspaceRoot;
}
export interface SessionNode {
  kind: "session";
  root: WorkspaceRoot;
  session: string;
}
export interface PageNode {
  kind: "page";
  root: WorkspaceRoot;
  session: string;
  page: PageInfo;
  parent: SessionNode;
}
export interface LogsNode {
  kind: "logs";
  root: WorkspaceRoot;
  session: string;
  parent: SessionNode;
}
export interface LogNode {
  kind: "log";
  root: WorkspaceRoot;
  session: string;
  log: PaneKind;
  parent: LogsNode;
}
export interface SnapshotsNode {
  kind: "snapshots";
  root: WorkspaceRoot;
  session: string;
  parent: SessionNode;
}
export interface SnapshotNode {
  kind: "snapshot";
  root: WorkspaceRoot;
  session: string;
  snapshot: Snapshot;
  parent: SnapshotsNode;
}
/** A line that only informs, such as why pages cannot be shown. */
export interface NoteNode {
  kind: "note";
  root: WorkspaceRoot;
  session: string;
  text: string;
  parent: SessionNode;
}

export type TreeNode = RootNode | SessionNode | PageNode | LogsNode | LogNode | SnapshotsNode | SnapshotNode | NoteNode;

/** A snapshot on disk; paths are absolute. */
export interface Snapshot {
  id: string;
  takenAt: Date;
  /** Absent where the browser gave no picture. */
  png?: string;
  tree: string;
}

/** Whether something that a menu handed over is an element of the tree. */
export function isTreeNode(value: unknown): value is TreeNode {
  return typeof value === "object" && value !== null && "kind" in value && "root" in value;
}
