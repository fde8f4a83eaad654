/** Loads Playwright, which reads variables of the environment that are not meant for it. */
import type * as playwrightModule from "playwright-core";
import { requireCompiled } from "../../util/compiledPackage.js";

/** Read while it is loaded, and the code's own afterwards: what it prints would stand among what the code prints. */
const readAtLoad = ["DEBUG", "DEBUG_FILE", "DEBUG_COLORS", "NODE_DEBUG"];

/** Nine tenths of what is compiled. */
const largeFiles = ["coreBundle", "utilsBundle"];
/** As this process was started: code gets the user's later, whose `NODE_OPTIONS` are not what this one runs with. */
const ownEnv = { ...process.env };

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
    // Synchronous, so that no code runs meanwhile.
    return (loaded = requireCompiled("playwright-core", largeFiles, ownEnv) as typeof playwrightModule);
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}
