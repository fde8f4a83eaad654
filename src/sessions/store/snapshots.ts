/** The snapshots of a session, as the host left them in its folder: `<id>/page.png` and `<id>/tree.yaml`. */
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LibrettoError } from "../util/errors.js";
import { sessionPaths, type Workspace } from "./workspace.js";

/** The id of a snapshot: the name of its folder, which begins with its time. */
const isSnapshotId = (text: string): boolean => /^\d[\d-]{1,40}$/.test(text);

/** Ids of the session's snapshots, newest first. The name must have passed `assertSessionName`. */
export function listSnapshots(workspace: Workspace, session: string): string[] {
  try {
    return readdirSync(sessionPaths(workspace, session).snapshots).filter(isSnapshotId).sort().reverse();
  } catch {
    // It has none.
    return [];
  }
}

/** The tree of a snapshot. @throws `NoSuchSession` where there is none of that id */
export async function readSnapshotTree(workspace: Workspace, session: string, id: string): Promise<string> {
  const path = isSnapshotId(id) ? join(sessionPaths(workspace, session).snapshots, id, "tree.yaml") : "";
  if (path === "" || !existsSync(path))
    throw new LibrettoError(
      "NoSuchSession",
      `Session "${session}" has no snapshot of that id.`,
      "Take one with snapshot, or see what is there.",
    );
  return readFile(path, "utf8");
}
