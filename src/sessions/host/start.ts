/** The program of a session host: runs `main.ts` from the compile cache. */
import { runCompiled } from "../compileCache.js";

const program = runCompiled({ folder: __dirname, main: "host-main.js", build: LIBRETTO_BUILD, kind: process.argv[2] ?? "" });

// Long enough for a session to have been opened; it is not waited for.
setTimeout(() => program.save(), 5_000).unref();
