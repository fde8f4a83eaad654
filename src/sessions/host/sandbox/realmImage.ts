/**
 * The interpreter's memory with the realm in it, as the build leaves it (`dist/quickjs.image`). To compile the realm's
 * source and run it takes an interpreter a third of its start; to copy what that leaves takes it nothing that shows.
 * WebAssembly's memory is the same bytes on every machine: it has no addresses of the machine's in it.
 */

export interface RealmImage {
  /** Which source it was made of. */
  digest: string;
  /** Addresses in the memory: of the bridge, made right before the realm, and of the realm. */
  bridge: number;
  realm: number;
  /** By their numbers, those pages of 64 KiB that are not all zeros. */
  pages: ReadonlyMap<number, Uint8Array>;
}

export const wasmPage = 65_536;

/** The bytes of a file of it: a line of JSON, and the pages. */
export function encodeImage({ pages, ...addresses }: RealmImage): Uint8Array {
  const line = `${JSON.stringify({ ...addresses, pages: [...pages.keys()] })}\n`;
  return Buffer.concat([Buffer.from(line), ...pages.values()]);
}

/** What `encodeImage` made, as parts of the same bytes; undefined where some are missing. @throws SyntaxError */
export function decodeImage(bytes: Buffer): RealmImage | undefined {
  const end = bytes.indexOf("\n") + 1;
  const { pages, ...addresses } = JSON.parse(bytes.toString("utf8", 0, end)) as Omit<RealmImage, "pages"> & {
    pages: number[];
  };
  const at = (index: number): number => end + index * wasmPage;
  if (bytes.length !== at(pages.length)) return undefined;
  return { ...addresses, pages: new Map(pages.map((page, index) => [page, bytes.subarray(at(index), at(index + 1))])) };
}
