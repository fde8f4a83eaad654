/** The version of package.json, put in by esbuild. */
declare const LIBRETTO_VERSION: string;

/** Code for web pages, as text: scripts/pageScript.mjs. */
declare module "*?page" {
  export const source: string;
}
