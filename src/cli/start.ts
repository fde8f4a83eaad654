/** The file that is `libretto`: runs `main.ts` from the compile cache. */
import { runCompiled } from "../sessions/util/compileCache.js";
import { asksForHelp } from "./arguments.js";

const words = process.argv.slice(2);
// Help for a command runs other code than the command.
const kind = asksForHelp(words) ? "help" : (words[0] ?? "help");
runCompiled({ folder: __dirname, main: "cli-main.js", build: LIBRETTO_BUILD, kind });
