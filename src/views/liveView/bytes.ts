/** The bytes of a picture, in a buffer of its own, which goes to the window as it is. */
export function bytesOf(base64: string): ArrayBuffer {
  const bytes = new ArrayBuffer(Buffer.byteLength(base64, "base64"));
  Buffer.from(bytes).write(base64, "base64");
  return bytes;
}
