/** Reads what words of base64 and hex say, as far as that is text. No Node imports: it runs anywhere. */

/** Text within an encoded word. */
export interface Said {
  text: string;
  /** Where a part of it stands in the source. Of base64 that is all of the text, up to the next slash. */
  rangeOf(start: number, end: number): [start: number, end: number];
}

/** Shorter text says nothing that would be looked for. */
const minBytes = 6;
/** Base64, plain and for addresses. Hex is made of its letters, too. */
const words = /([\w+/-]{8,})={0,2}/g;
const hexWords = /[\da-f]{12,}/gi;

/** Six bits for each character of base64. */
const bitsOf = new Uint8Array(128);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach(
  (character, index) => (bitsOf[character.charCodeAt(0)] = index),
);
bitsOf[0x2d] = 62;
bitsOf[0x5f] = 63;

/** An encoding of text. `sizes`: how many bytes a character has that begins with that one; 0 for what is no text. */
interface Charset {
  decoder: InstanceType<typeof TextDecoder>;
  sizes: Uint8Array;
}

function charsetOf(name: string, ...ranges: [size: number, from: number, to: number][]): Charset {
  const sizes = new Uint8Array(256).fill(1, 0x20, 0x7f);
  for (const space of [0x09, 0x0a, 0x0d]) sizes[space] = 1;
  for (const [size, from, to] of ranges) sizes.fill(size, from, to);
  return { decoder: new TextDecoder(name, { ignoreBOM: true }), sizes };
}

const utf8 = charsetOf("utf-8", [2, 0xc2, 0xe0], [3, 0xe0, 0xf0], [4, 0xf0, 0xf5]);
const latin1 = charsetOf("latin1", [1, 0xa0, 0x100]);
const encoder = new TextEncoder();

/** Room for the bytes of one word. */
let room = new Uint8Array(4_096);

/**
 * @param withLatin1 whether bytes may also stand for characters of Latin-1, as `btoa` has it
 * @param isAsked whether the word between those places is to be read
 */
export function saidInWords(
  source: string,
  withLatin1: boolean,
  isAsked: (start: number, end: number) => boolean,
): Said[] {
  const found: Said[] = [];
  words.lastIndex = 0;
  for (let match = words.exec(source); match; match = words.exec(source)) {
    const [whole, word = ""] = match;
    const { index } = match;
    if (!isAsked(index, index + whole.length)) continue;
    if (room.length < word.length) room = new Uint8Array(2 * word.length);
    // It may begin within the word, as after a part of a path: at any of the four places in a group.
    for (let skipped = 0; skipped < 4; skipped++)
      found.push(...saidInBase64(word, skipped, index, index + whole.length, withLatin1));
    for (const hex of word.matchAll(hexWords))
      for (let skipped = 0; skipped < 2; skipped++)
        found.push(...saidInHex(hex[0], skipped, index + hex.index, withLatin1));
  }
  return found;
}

/** @param from where the word begins in the source @param to where it ends there, with what fills it up */
function saidInBase64(word: string, skipped: number, from: number, to: number, withLatin1: boolean): Said[] {
  const length = fromBase64(word, skipped);
  const place = (byte: number): number => skipped + (byte * 4) / 3;
  const found = textsIn(length, utf8).map(({ text, start, end }): Said => {
    const last = Math.ceil(place(end));
    return {
      text,
      rangeOf(begin, finish) {
        const byteOf = (index: number): number => start + encoder.encode(text.slice(0, index)).length;
        // All that the word says, but not the steps of a path before and after it.
        const slash = word.lastIndexOf("/", place(byteOf(begin)) - 1);
        const next = word.indexOf("/", Math.ceil(place(byteOf(finish))));
        const first = Math.max(Math.floor(place(start)), slash + 1);
        return [from + first, next >= 0 && next < last ? from + next : end === length ? to : from + last];
      },
    };
  });
  // Nearly any byte is one of its characters, so that the whole would be more than was encoded.
  if (withLatin1)
    for (const { text, start } of textsIn(length, latin1))
      found.push({
        text,
        rangeOf: (begin, finish) => [from + Math.floor(place(start + begin)), from + Math.ceil(place(start + finish))],
      });
  return found;
}

function saidInHex(word: string, skipped: number, from: number, withLatin1: boolean): Said[] {
  const length = fromHex(word, skipped);
  const place = (byte: number): number => from + skipped + 2 * byte;
  const found = textsIn(length, utf8).map(({ text, start }): Said => {
    const byteOf = (index: number): number => start + encoder.encode(text.slice(0, index)).length;
    return { text, rangeOf: (begin, end) => [place(byteOf(begin)), place(byteOf(end))] };
  });
  if (withLatin1)
    for (const { text, start } of textsIn(length, latin1))
      found.push({ text, rangeOf: (begin, end) => [place(start + begin), place(start + end)] });
  return found;
}

/** Into `room`. @returns how many bytes */
function fromBase64(word: string, skipped: number): number {
  let bits = 0;
  let count = 0;
  let length = 0;
  for (let at = skipped; at < word.length; at++) {
    bits = ((bits << 6) | (bitsOf[word.charCodeAt(at)] ?? 0)) & 0x3fff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    room[length++] = (bits >> count) & 0xff;
  }
  return length;
}

function fromHex(word: string, skipped: number): number {
  let length = 0;
  for (let at = skipped; at + 1 < word.length; at += 2) room[length++] = Number.parseInt(word.slice(at, at + 2), 16);
  return length;
}

interface Text {
  text: string;
  /** In bytes. */
  start: number;
  end: number;
}
const none: readonly Text[] = [];

/** The texts among the first bytes of `room`. */
function textsIn(length: number, { decoder, sizes }: Charset): readonly Text[] {
  let found: Text[] | undefined;
  let start = 0;
  let at = 0;
  for (;;) {
    const size = at < length ? (sizes[room[at] ?? 0] ?? 0) : 0;
    let next = at + 1;
    while (next < at + size && next < length && ((room[next] ?? 0) & 0xc0) === 0x80) next++;
    if (next === at + size) {
      at = next;
      continue;
    }
    if (at - start >= minBytes) (found ??= []).push({ text: decoder.decode(room.subarray(start, at)), start, end: at });
    if (at >= length) return found ?? none;
    start = at + 1;
    at = start;
  }
}
