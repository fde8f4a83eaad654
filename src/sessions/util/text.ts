/** Text that a user gives, in a file or a stream, however their editor or shell has written it. */
import { readFileSync } from "node:fs";
import { TextDecoder } from "node:util";

/**
 * The text of bytes, without a byte order mark. Windows PowerShell writes UTF-16 with one; what has none is UTF-8.
 * @see https://encoding.spec.whatwg.org/#bom-sniff
 */
export function decodeText(bytes: Uint8Array): string {
  return decoderOf(bytes).decode(bytes);
}

/** A decoder for what begins with these bytes; two of them tell. */
export function decoderOf(bytes: Uint8Array): TextDecoder {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding);
}

/** Reads a file of the user's. */
export function readTextFile(path: string): string {
  return decodeText(readFileSync(path));
}

/** Text that came as text, such as an argument. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
