/** Reads zip archives as a Selenium Grid sends them: small, whole in memory, stored or deflated. */
import { inflateRawSync } from "node:zlib";

export interface ZipFile {
  name: string;
  content: Buffer;
}

/** @throws Error for what is not a zip archive, or one that is packed in another way */
export function filesOfZip(archive: Buffer): ZipFile[] {
  const end = archive.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) throw new Error("it is not a zip archive");
  const files: ZipFile[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error("the archive's directory is broken");
    const method = archive.readUInt16LE(at + 10);
    const packedSize = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    // The local header has a length of its own for its extra field.
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + packedSize);
    if (method !== 0 && method !== 8) throw new Error(`${name} is packed in a way that is not known (${method})`);
    if (!name.endsWith("/")) files.push({ name, content: method === 0 ? packed : inflateRawSync(packed) });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}
