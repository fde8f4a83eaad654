/** The operations of the core, called as the editor calls them. */
import { HostPool } from "../../src/sessions/ipc/hostPool.js";
import type { SessionsContext } from "../../src/sessions/operations/context.js";
import { workspaceAt } from "../../src/sessions/store/workspace.js";
import type { Workspace } from "./cli.js";

/** @param client its name in the logs. @returns a context, and what to dispose of when the test is done with it */
export function contextOf(
  { folder, env }: Pick<Workspace, "folder" | "env">,
  client: string,
): { context: SessionsContext; pool: HostPool } {
  const workspace = workspaceAt(folder, env);
  const pool = new HostPool(workspace, env, client);
  return { context: { workspace, env, client, host: (record) => pool.get(record) }, pool };
}
