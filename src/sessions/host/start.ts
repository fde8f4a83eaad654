/** The program of a session host: runs `main.ts` from the compile cache. */
import { runCompiled } from "../compileCache.js";

const program = runCompiled({ folder: __dirname, main: "host-main.js", build: LIBRETTO_BUILD, kind: process.argv[2] ?? "" });

// When the session has long been open, or, where it was short, at its end; nothing waits for it.
setTimeout(() => program.save(), 5_000).unref();
process.once("exit", (status) => {
  if (status === 0) program.save();
});
