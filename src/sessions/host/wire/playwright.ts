/** Loads Playwright, which reads variables of the environment that are not meant for it. */
import type * as playwrightModule from "playwright-core";

/** Read while it is loaded, and the code's own afterwards: what it prints would stand among what the code prints. */
const readAtLoad = ["DEBUG", "DEBUG_FILE", "DEBUG_COLORS", "NODE_DEBUG"];

let loaded: typeof playwrightModule | undefined;

/** Playwright, as it is without the user's variables. */
export function loadPlaywright(): typeof playwrightModule {
  if (loaded) return loaded;
  const hidden = readAtLoad.flatMap((name) => {
    const value = process.env[name];
    if (value === undefined) return [];
    delete process.env[name];
    return [[name, value] as const];
  });
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- synchronous, so that no code runs meanwhile
    return (loaded = require("playwright-core") as typeof playwrightModule);
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}
