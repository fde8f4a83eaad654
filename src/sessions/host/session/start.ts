/** The program of a session host: runs `main.ts` from the compile cache. */
import type * as v8 from "node:v8";
import { runCompiled } from "../../util/compileCache.js";

const kind = process.argv[2] ?? "";
const program = runCompiled({
  folder: __dirname,
  main: "host-main.js",
  build: LIBRETTO_BUILD,
  kind,
  // A host that takes over from one that died is in a hurry, and its like seldom lives to write a cache.
  otherKind: kind === "launch" ? undefined : "launch",
});

/** By then a session has long been open, and nothing waits for what is done here. */
const settledMs = 5_000;

setTimeout(() => {
  program.save();
  // A host lives for hours, and after one busy page V8 would leave it 16 MiB of young heap for good. It is told so here
  // and not by a flag at the start, with which Node compiles its own modules again: 15 ms that somebody waits for.
  // What were saved afterwards, V8 would reject for that difference.
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded when it is needed
  (require("node:v8") as typeof v8).setFlagsFromString("--semi-space-growth-factor=1");
}, settledMs).unref();
