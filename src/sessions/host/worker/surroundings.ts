/**
 * What a worker gets before any code: the user's environment, as data. The process itself is started without it, so
 * that no variable of the user's changes how Node and Playwright behave there.
 */
import type { Surroundings } from "../../ipc/inspectMessages.js";

/** Makes the process's environment that of the user's code. */
export function takeSurroundings({ env }: Surroundings): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (process.env[name] !== value) process.env[name] = value;
}
