/** What a Grid still has, for looks at many sessions on record. */
import type { Environment } from "../util/environment.js";
import { gridAt } from "./grid.js";

/** Ids and names of what a Grid has. @returns undefined where it does not answer */
export async function slotsOf(env: Environment, url: string): Promise<ReadonlySet<string> | undefined> {
  try {
    return await gridAt(url, env).held();
  } catch {
    return undefined;
  }
}
