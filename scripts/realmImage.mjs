// Writes dist/quickjs.image: the memory of an interpreter that has made its realm, which those of the sessions begin with
// (src/sessions/host/sandbox/realmImage.ts).
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import Module from "node:module";
import { resolve } from "node:path";

/** @param {import("esbuild").BuildOptions} options those of the interpreter's own process, and its entry point */
export async function writeRealmImage(options) {
  const entry = `
    import { Interpreter } from "./src/sessions/host/sandbox/interpreter.js";
    import { encodeImage } from "./src/sessions/host/sandbox/realmImage.js";
    const unasked = () => { throw new Error("The realm asked for something while it was made."); };
    export async function make(wasm) {
      const module = new WebAssembly.Module(wasm);
      const parts = { module, memoryBytes: 0, answer: unasked, interrupt: () => false };
      return encodeImage((await Interpreter.create(parts)).image);
    }`;
  const { outputFiles } = await build({
    ...options,
    entryPoints: [],
    stdin: { contents: entry, resolveDir: "." },
    sourcemap: false,
    write: false,
  });
  const program = new Module(resolve("dist", "realm-image.js"));
  program.filename = program.id;
  program._compile(outputFiles[0].text, program.id);
  await writeFile("dist/quickjs.image", await program.exports.make(await readFile("dist/quickjs.wasm")));
}
