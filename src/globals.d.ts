/** The version of package.json, put in by esbuild. */
declare const LIBRETTO_VERSION: string;

/** Tells the files of one build of a program from those of another: scripts/thinProgram.mjs. */
declare const LIBRETTO_BUILD: string;

/** Code for web pages, as text: scripts/pageScript.mjs. */
declare module "*?page" {
  export const source: string;
}
