import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { decodedStream } from "../../src/sessions/util/textStream.js";

describe("A stream of text that a user or a program gives", () => {
  const text = '{"ü":"😀"}\n';
  const utf16le = Buffer.from(`\uFEFF${text}`, "utf16le");
  const forms: [string, Buffer][] = [
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with a mark", Buffer.from(`\uFEFF${text}`)],
    ["UTF-16LE", utf16le],
    ["UTF-16BE", Buffer.from(utf16le).swap16()],
  ];
  for (const [name, bytes] of forms)
    for (const size of [1, 2, 3, bytes.length])
      it(`is its text without a byte order mark: ${name}, ${size} bytes at a time`, async () => {
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        const read: Buffer[] = [];
        for await (const piece of decodedStream(Readable.from(pieces))) read.push(piece as Buffer);
        assert.equal(Buffer.concat(read).toString(), text);
      });

  it("may be empty, or end after one byte", async () => {
    for (const text of ["", "x"]) {
      const read: Buffer[] = [];
      for await (const piece of decodedStream(Readable.from([Buffer.from(text)]))) read.push(piece as Buffer);
      assert.equal(Buffer.concat(read).toString(), text);
    }
  });
});
