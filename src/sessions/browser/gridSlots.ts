/** Which of the sessions on record a Grid still has, asked once of each Grid. */
import type { Environment } from "../util/environment.js";
import { gridAt } from "./grid.js";
import type { Lease } from "./remoteEngine.js";

/** Ids and names of what a Grid has. @returns undefined where it does not answer */
export async function slotsOf(env: Environment, url: string): Promise<ReadonlySet<string> | undefined> {
  try {
    return await gridAt(url, env).held();
  } catch {
    return undefined;
  }
}

/** @returns undefined where the Grid does not answer */
export async function slotIsTaken(env: Environment, lease: Lease): Promise<boolean | undefined> {
  const held = await slotsOf(env, lease.url);
  return held?.has(lease.id ?? lease.name);
}
