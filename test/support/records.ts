/** Records of sessions that no host wrote, for tests of what is shown of many, or of strange ones. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { SessionState } from "../../src/sessions/model/state.js";
import { writeState } from "../../src/sessions/store/records.js";
import { entryOf, writeEntry } from "../../src/sessions/store/userIndex.js";
import { prepareWorkspace, workspaceAt } from "../../src/sessions/store/workspace.js";
import type { Environment } from "../../src/sessions/util/environment.js";

/**
 * Writes a record as a host does: into the user's private index first, without which nobody believes it.
 * @param root folder of the workspace
 * @param env says where the index lies
 */
export function writeRecord(root: string, env: Environment, state: Omit<SessionState, "socketPath">): void {
  const id = `${randomBytes(6).toString("hex")}-${randomBytes(3).toString("hex")}`;
  const workspace = workspaceAt(root, env);
  const whole = { ...state, socketPath: join(root, `${id}.sock`) };
  prepareWorkspace(workspace);
  writeEntry(env, id, entryOf(whole, root, 30));
  writeState(workspace, whole);
}
