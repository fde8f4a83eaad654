/** The file that is `libretto`: runs `main.ts` from the compile cache. */
import { runCompiled } from "../sessions/compileCache.js";

const program = runCompiled({ folder: __dirname, main: "cli-main.js", build: LIBRETTO_BUILD, kind: process.argv[2] ?? "help" });

// What failed, as a mistyped word does, leaves nothing behind.
process.once("exit", (status) => {
  if (status === 0) program.save();
});
