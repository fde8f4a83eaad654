/** A module of the interpreter's realm, bundled into the text of one script (see esbuild.mjs). */
declare module "*?script" {
  /** A script whose value is the module's exports. */
  export const source: string;
  /** Differs where the text does. */
  export const digest: string;
}
