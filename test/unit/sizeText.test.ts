import assert from "node:assert/strict";
import { sizeText } from "../../src/sessions/util/sizeText.js";

describe("a size as people read it", () => {
  for (const [bytes, text] of [
    [0, "0 B"],
    [1_023, "1023 B"],
    [1_024, "1 KiB"],
    [1_536, "1.5 KiB"],
    [1_048_575, "1024 KiB"],
    [1_048_576, "1 MiB"],
    [10_485_760, "10 MiB"],
  ] as const)
    it(`${bytes} is ${text}`, () => assert.equal(sizeText(bytes), text));
});
