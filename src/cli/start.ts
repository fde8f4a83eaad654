/** The file that is `libretto`: runs `main.ts` from the compile cache. */
import { runCompiled } from "../sessions/compileCache.js";

runCompiled({ folder: __dirname, main: "cli-main.js", build: LIBRETTO_BUILD, kind: process.argv[2] ?? "help" });
