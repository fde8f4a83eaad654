// QuickJS's build asks for 16 MiB of memory at its start, and uses six. What it asks for is a number in the module's
// import of its memory; it is lowered here, and the program that brings the memory decides how much there is
// (src/sessions/host/sandbox/interpreter.ts). https://webassembly.github.io/spec/core/binary/modules.html#import-section

const importSection = 2;
const functionKind = 0;
const memoryKind = 2;

/**
 * Gives a copy of a WebAssembly module that takes a memory of any size up to its maximum.
 * @param {Uint8Array} module @throws where the module imports no memory
 */
export function withAnyMemory(module) {
  const copy = Uint8Array.from(module);
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = copy[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const skip = (length) => void (at += length);
  for (; at < copy.length;) {
    const id = copy[at++];
    const length = number();
    if (id !== importSection) {
      skip(length);
      continue;
    }
    for (let left = number(); left > 0; left--) {
      skip(number());
      skip(number());
      const kind = copy[at++];
      if (kind === functionKind) number();
      else if (kind === memoryKind) {
        skip(1);
        lower(copy, at);
        return copy;
      } else throw new Error(`The module imports something of the kind ${kind}, which is not expected of QuickJS.`);
    }
  }
  throw new Error("The module imports no memory.");
}

/** Makes the number that begins there 0, in as many bytes. */
function lower(bytes, at) {
  for (; bytes[at] >= 128; at++) bytes[at] = 128;
  bytes[at] = 0;
}
