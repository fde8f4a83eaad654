/** What `tree.ts` offers in the host's world of a document, as `librettoTree`. */

export interface DocumentTree {
  /** YAML. What a frame holds is one line of text in it, the mark with the frame's ref. */
  text: string;
  /** Refs of the frames that are shown. */
  frames: string[];
  /** What stands in fields for passwords and other secrets. */
  secrets: string[];
}

export interface TreeOptions {
  /** What the refs of this document begin with. */
  refPrefix: string;
  /** Stands for what frames hold; no page may know it. */
  mark: string;
  /** A selector. */
  secretFields: string;
  maxSecrets: number;
}

export interface TreeScript {
  /** @returns null where the document has no content yet */
  take(options: TreeOptions): DocumentTree | null;
  /** The element of a ref of the latest tree, if it is still there. */
  element(ref: string): unknown;
}
