/** The library of bytes: `Buffer` and what is made of it. Bundled apart, and evaluated when it is first used. */
import { Buffer } from "buffer";

class TextEncoder {
  readonly encoding = "utf-8";
  encode(text: unknown = ""): Uint8Array {
    return new Uint8Array(Buffer.from(String(text), "utf8"));
  }
}

class TextDecoder {
  readonly encoding = "utf-8";
  constructor(label = "utf-8") {
    if (!/^utf-?8$/i.test(label)) throw new RangeError(`The encoding "${label}" is not supported here; utf-8 is`);
  }
  decode(bytes: ArrayBufferView | ArrayBuffer = new Uint8Array()): string {
    const view = ArrayBuffer.isView(bytes)
      ? Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
      : Buffer.from(bytes);
    return view.toString("utf8").replace(/^\ufeff/, "");
  }
}

function invalid(message: string): Error {
  return Object.assign(new Error(message), { name: "InvalidCharacterError" });
}

function atob(text: unknown): string {
  const compact = String(text).replace(/[\t\n\f\r ]/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.replace(/=+$/, "").length % 4 === 1)
    throw invalid("The text is not base64");
  return Buffer.from(compact, "base64").toString("latin1");
}

function btoa(text: unknown): string {
  if (/[^\0-\xff]/.test(String(text))) throw invalid("The text holds characters beyond Latin-1");
  return Buffer.from(String(text), "latin1").toString("base64");
}

export { Buffer, TextDecoder, TextEncoder, atob, btoa };
