/** The program of an exec worker: runs `worker.ts` from the compile cache. */
import { runCompiled } from "../../util/compileCache.js";

const program = runCompiled({ folder: __dirname, main: "exec-worker-main.js", build: LIBRETTO_BUILD, kind: "exec" });

/** By then the first code mostly runs, and what it needed is compiled; a worker seldom ends by itself. */
const settledMs = 500;

setTimeout(() => program.save(), settledMs).unref();
