/** What hangs below a session: its pages from the host, its snapshots from the disk. */
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { PageInfo } from "../../sessions/model/page.js";
import { sessionPaths } from "../../sessions/store/workspace.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import type { SessionRef } from "../model.js";
import type { Snapshot } from "./nodes.js";
import { withTimeout } from "../../sessions/util/timeouts.js";

/** How long a host may take to name its pages, in ms; meanwhile the tree draws nothing new. */
const timeoutMs = 5_000;

/** The pages of a live session. @throws what the host says; `TimedOut` where it says nothing */
export async function loadPages({ root, record }: SessionRef): Promise<PageInfo[]> {
  const host = await root.context.host(record);
  const { pages } = await withTimeout(host.request("pages", { watching: true }), timeoutMs, () => {
    throw new LibrettoError(
      "TimedOut",
      "The session host does not answer.",
      "Close the session, or all of them by force.",
    );
  });
  return pages;
}

/** The snapshots on disk, the newest first. One that is being written, without its tree, is left out. */
export async function loadSnapshots({ root, record }: SessionRef): Promise<Snapshot[]> {
  const { snapshots } = sessionPaths(root.workspace, record.name);
  const ids = await readdir(snapshots).catch(() => []);
  const found = await Promise.all(ids.map((id) => readSnapshot(path.join(snapshots, id), id)));
  return found.filter((snapshot) => snapshot !== undefined).sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
}

async function readSnapshot(folder: string, id: string): Promise<Snapshot | undefined> {
  const names = await readdir(folder).catch(() => []);
  const png = names.find((name) => name.endsWith(".png"));
  const tree = names.find((name) => /\.(ya?ml|txt|md)$/.test(name));
  if (tree === undefined) return undefined;
  const { mtime } = await stat(path.join(folder, tree));
  return {
    id,
    takenAt: mtime,
    tree: path.join(folder, tree),
    ...(png === undefined ? {} : { png: path.join(folder, png) }),
  };
}
