/** What is shown of a snapshot that was taken: parts of its tree, or what changed since an earlier one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LibrettoError } from "../../util/errors.js";
import type { SnapshotParams } from "../../ipc/protocol.js";
import { cutSubtree, maxLines, shapeTree, treeDifference, withRest } from "./snapshotTree.js";

const defaultMaxChars = 1_000_000;

/**
 * @param folder that of the session's snapshots
 * @returns undefined where the parameters ask for nothing but the snapshot
 * @throws `Failed` for an earlier snapshot that is not there
 */
export function viewOf(
  taken: { tree: string; id: string },
  { ref, find, since, depth, interactive, maxChars }: SnapshotParams,
  folder: string,
): string | undefined {
  if ([find, since, depth, interactive, maxChars].every((wish) => wish === undefined)) return undefined;
  const part = (id: string): string => {
    const full = treeAt(join(folder, id, "tree.yaml"), id);
    return ref === undefined ? full : (cutSubtree(full, ref) ?? "");
  };
  const limit = maxChars ?? defaultMaxChars;
  const now = part(taken.id);
  if (since !== undefined) {
    const difference = treeDifference(part(since), now, limit);
    return difference.text === "" && difference.leftOut === 0
      ? `# Nothing changed since ${since}.`
      : withRest(difference, taken.tree);
  }
  const shaped = shapeTree(now, {
    depth,
    find,
    interactive,
    maxLines: maxChars === undefined ? maxLines : Infinity,
    maxChars: limit,
  });
  return shaped.text === ""
    ? `# Nothing in the tree matches; ${taken.tree} holds all of it.`
    : withRest(shaped, taken.tree);
}

function treeAt(path: string, id: string): string {
  try {
    // Its first line tells the address.
    return readFileSync(path, "utf8")
      .replace(/^#[^\n]*\n/, "")
      .trimEnd();
  } catch (error) {
    throw new LibrettoError("Failed", `There is no snapshot ${id}.`, "Take one, and give its id.", { cause: error });
  }
}
