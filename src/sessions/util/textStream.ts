/** A stream of text that a user or another program gives, however it has written it. */
import { pipeline, Transform, type Readable } from "node:stream";
import type { TextDecoder } from "node:util";
import { decoderOf } from "./text.js";

/**
 * The text of a stream in UTF-8, without a byte order mark, as it comes. A terminal is given back as it is.
 * @see decodeText for what is read at once
 */
export function decodedStream(stream: Readable & { isTTY?: boolean }): Readable {
  if (stream.isTTY === true) return stream;
  let held = Buffer.alloc(0);
  let decoder: TextDecoder | undefined;
  const decoded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (decoder) return done(null, decoder.decode(chunk, { stream: true }));
      held = Buffer.concat([held, chunk]);
      if (held.length < 2) return done();
      decoder = decoderOf(held);
      done(null, decoder.decode(held, { stream: true }));
    },
    flush: (done) => done(null, decoder ? decoder.decode() : decoderOf(held).decode(held)),
  });
  pipeline(stream, decoded, () => undefined);
  return decoded;
}
